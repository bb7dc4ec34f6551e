/** What the service answered with instead: `code` is one of its refusals', `sentence` is for the person. */
export class Refused extends Error {
  readonly code: string
  constructor(code: string, sentence: string) {
    super(sentence)
    this.code = code
  }
}

const NO_CONNECTION = 'Countersign cannot be reached. Check your connection, then try again.'

/** Posts JSON to a path of ours and gives what it answers. Throws Refused. */
export async function call<T>(path: string, body: object = {}): Promise<T> {
  const headers: Record<string, string> = { 'Content-Type': 'application/json', Accept: 'application/json' }
  const token = document.querySelector<HTMLInputElement>('input[name="_csrf"]')?.value
  if (token) headers['X-CSRF-Token'] = token
  const init: RequestInit = { method: 'POST', headers, credentials: 'same-origin', body: JSON.stringify(body) }
  const response = await fetch(path, init).catch(() => {
    throw new Refused('', NO_CONNECTION)
  })
  const answer = await response.json().catch(() => ({}))
  if (!response.ok) throw new Refused(String(answer.code ?? ''), String(answer.title ?? NO_CONNECTION))
  return answer as T
}
