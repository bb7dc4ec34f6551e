import { NoConnection } from './device-errors.ts'

type Repeating = { lost: () => void; isWanted: () => boolean; pause?: (milliseconds: number) => Promise<void> }

const PAUSES = [500, 1000, 2000, 4000, 8000]

/**
 * Runs `act` again when the connection fails, a few times and ever slower, as long as it `isWanted`. Each lost attempt is
 * told to `lost`.
 */
export async function repeatWhenLost<T>(
  act: () => Promise<T>,
  { lost, isWanted, pause = wait }: Repeating,
): Promise<T> {
  for (const milliseconds of PAUSES) {
    try {
      return await act()
    } catch (error) {
      if (!(error instanceof NoConnection) || !isWanted()) throw error
      lost()
      await pause(milliseconds)
      if (!isWanted()) throw error
    }
  }
  return await act()
}

function wait(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds))
}
