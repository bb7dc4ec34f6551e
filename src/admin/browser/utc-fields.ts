const MINUTE = 60_000

/** An instant in the reader's own time, as a field for date and time takes it. */
const localOf = (instant: number): string =>
  new Date(instant - new Date(instant).getTimezoneOffset() * MINUTE).toISOString().slice(0, 16)

/**
 * Fields for date and time whose text is UTC in the page and in what is sent: the reader sees and types their own time. What
 * the page says of the zone is corrected.
 */
export function utcFields(): void {
  for (const form of document.forms) {
    const fields = [...form.querySelectorAll<HTMLInputElement>('input[data-utc]')]
    for (const field of fields) {
      // Not `value`: a browser that restores what stood there has the reader's own time already.
      const instant = Date.parse(`${field.defaultValue}Z`)
      field.value = Number.isNaN(instant) ? '' : localOf(instant)
      field.labels?.[0]?.querySelector('[data-zone]')?.replaceChildren('(your time)')
    }
    if (fields.length === 0) continue
    form.addEventListener('formdata', ({ formData }) => {
      for (const { name, value } of fields) {
        const instant = Date.parse(value)
        formData.set(name, Number.isNaN(instant) ? '' : new Date(instant).toISOString().slice(0, 16))
      }
    })
  }
}
