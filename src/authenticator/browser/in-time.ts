/** What was waited for did not come. Some browsers never answer: a Chromium without Google’s service, for one. */
export class TookTooLong extends Error {
  constructor() {
    super('No answer in time')
    this.name = 'TookTooLong'
  }
}

export async function inTime<T>(work: Promise<T>, milliseconds: number): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const limit = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new TookTooLong()), milliseconds)
  })
  try {
    return await Promise.race([work, limit])
  } finally {
    clearTimeout(timer)
  }
}
