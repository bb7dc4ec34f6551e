import { NoConnection } from './device-errors.ts'

const PAUSES = [500, 1000, 2000, 4000, 8000]

/** Runs `act` again when the connection fails, a few times and ever slower. Each lost attempt is told to `lost`. */
export async function repeatWhenLost<T>(act: () => Promise<T>, lost: () => void, pause = wait): Promise<T> {
  for (const milliseconds of PAUSES) {
    try {
      return await act()
    } catch (error) {
      if (!(error instanceof NoConnection)) throw error
      lost()
      await pause(milliseconds)
    }
  }
  return await act()
}

function wait(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds))
}
