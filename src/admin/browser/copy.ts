/** Buttons that copy the text of what they name, and say so. */
export function copyButtons(root: ParentNode = document): void {
  for (const button of root.querySelectorAll<HTMLButtonElement>('button[data-copy]')) {
    if (!('clipboard' in navigator)) continue
    button.hidden = false
    const label = [...button.childNodes]
    button.addEventListener('click', async () => {
      const source = document.getElementById(button.dataset.copy ?? '')
      const copied = await navigator.clipboard.writeText(source?.textContent ?? '').then(
        () => true,
        () => false,
      )
      const place = document.getElementById('announce')
      if (place) place.textContent = copied ? 'Copied' : 'Could not copy: select the text instead'
      button.textContent = copied ? 'Copied' : 'Select it instead'
      setTimeout(() => {
        button.replaceChildren(...label)
      }, 2000)
    })
  }
}
