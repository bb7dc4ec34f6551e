/** Why the app cannot work in this browser, or nothing. */
export async function impossible(publicUrl: string): Promise<string | undefined> {
  if (location.origin !== new URL(publicUrl).origin)
    return `This page was opened at another address than its own, ${publicUrl}.`
  if (!window.isSecureContext) {
    return 'This page was not opened over a secure connection (https), so the browser offers no safe place for a key.'
  }
  if (!globalThis.crypto?.subtle) return 'This browser has no Web Cryptography, which makes the key of this phone.'
  const opened = await canStore()
  return opened
    ? undefined
    : 'This browser stores nothing for this page. A private window or a setting may be the cause.'
}

function canStore(): Promise<boolean> {
  return new Promise((resolve) => {
    try {
      const request = indexedDB.open('countersign-probe')
      request.onerror = () => resolve(false)
      request.onsuccess = () => {
        request.result.close()
        indexedDB.deleteDatabase('countersign-probe')
        resolve(true)
      }
    } catch {
      resolve(false)
    }
  })
}
