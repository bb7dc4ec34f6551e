// Whether somebody is at work in a part of the page, so that it must not change under their hands.

const FIELDS = 'input, textarea, select'

const isDirty = (field: Element): boolean => {
  if (field instanceof HTMLInputElement)
    return field.value !== field.defaultValue || field.checked !== field.defaultChecked
  if (field instanceof HTMLTextAreaElement) return field.value !== field.defaultValue
  if (field instanceof HTMLSelectElement) {
    // Without a `selected` in the page, a list of one begins with its first choice.
    const marked = [...field.options].some(({ defaultSelected }) => defaultSelected)
    return [...field.options].some(
      ({ selected, defaultSelected }, i) => selected !== (marked ? defaultSelected : i === 0),
    )
  }
  return false
}

/** The control in the new content that is this one: by its id, or the link to the same place. */
function sameControl(focused: Element, fresh: ParentNode): HTMLElement | undefined {
  const all = [...fresh.querySelectorAll<HTMLElement>(focused.localName)]
  if (focused.id) return all.find(({ id }) => id === focused.id)
  const href = focused.getAttribute('href')
  return href === null ? undefined : all.find((one) => one.getAttribute('href') === href)
}

const focusIn = (region: Element): Element | undefined => {
  const focused = document.activeElement
  return focused && focused !== region && region.contains(focused) ? focused : undefined
}

/**
 * Whether `region` must not be replaced now: somebody typed in it, has a part of it open, has marked text in it, or has
 * the focus on what would be gone.
 */
export function isInUse(region: Element, fresh: ParentNode): boolean {
  const focused = focusIn(region)
  if (focused && (focused.matches(FIELDS) || !sameControl(focused, fresh))) return true
  if (region.querySelector('details[open]')) return true
  const selection = document.getSelection()
  if (selection && !selection.isCollapsed && selection.containsNode(region, true)) return true
  return [...region.querySelectorAll(FIELDS)].some(isDirty)
}

/** Remembers what has the focus in `region`; what it gives puts the focus there again, after the change. */
export function whereFocusGoes(region: Element): () => void {
  const focused = focusIn(region)
  if (!focused) return () => {}
  return () => sameControl(focused, region)?.focus({ preventScroll: true })
}
