/** Shows instants in the reader's own time; the page has them in UTC. */
export function localTimes(root: ParentNode = document): void {
  const format = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' })
  for (const element of root.querySelectorAll<HTMLTimeElement>('time[datetime]')) {
    const instant = Date.parse(element.dateTime)
    if (Number.isNaN(instant)) continue
    element.title = element.textContent ?? ''
    element.textContent = format.format(instant)
  }
}
