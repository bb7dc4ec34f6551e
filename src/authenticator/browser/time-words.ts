export function countWords(count: number, one: string): string {
  return `${count} ${one}${count === 1 ? '' : 's'}`
}

/** "1 minute 5 seconds". Rounds up, so that "0 seconds" is said only when nothing is left. */
export function durationWords(milliseconds: number): string {
  const whole = Math.max(0, Math.ceil(milliseconds / 1000))
  const minutes = Math.floor(whole / 60)
  const seconds = whole % 60
  if (minutes === 0) return countWords(seconds, 'second')
  if (seconds === 0) return countWords(minutes, 'minute')
  return `${countWords(minutes, 'minute')} ${countWords(seconds, 'second')}`
}

export function ageWords(milliseconds: number): string {
  const minutes = Math.floor(milliseconds / 60_000)
  return minutes < 1 ? 'just now' : `${countWords(minutes, 'minute')} ago`
}
