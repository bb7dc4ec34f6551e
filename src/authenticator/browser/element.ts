type Attribute = string | boolean | undefined | ((event: Event) => void)
export type Child = Node | string | undefined | false

/** Builds one element. A function is a listener (`onclick`), `true` an attribute without value; text is never parsed. */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Record<string, Attribute> = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') made.addEventListener(name.slice(2), value)
    else if (value !== undefined && value !== false) made.setAttribute(name, value === true ? '' : value)
  }
  made.append(...children.filter((child): child is Node | string => child !== undefined && child !== false))
  return made
}

/** A name that people or directories gave: shielded, so that right-to-left names leave the rest in order. */
export function givenName(text: string): HTMLElement {
  // A long address breaks before its @ rather than anywhere.
  const [start, ...rest] = text.split(/(?=@)/)
  return element('bdi', {}, start, ...rest.flatMap((part) => [element('wbr'), part]))
}
