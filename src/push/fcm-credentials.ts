// The key file of a Google service account: https://cloud.google.com/iam/docs/keys-create-delete
import { createPrivateKey } from 'node:crypto'
import { readFileSync } from 'node:fs'

const isRsaKey = (pem: string): boolean => {
  try {
    return createPrivateKey(pem).asymmetricKeyType === 'rsa'
  } catch {
    return false
  }
}

const isText = (value: unknown): boolean => typeof value === 'string' && value.length > 0

/** What each member must be. Checked by hand, for this is read before anything is compiled or cached: a start must be quick. */
const members: Record<string, (value: unknown) => boolean> = {
  type: (value) => value === 'service_account',
  project_id: isText,
  client_email: isText,
  private_key: (value) => isText(value) && isRsaKey(String(value)),
}

/** What is wrong with the file, without a word of what it holds; undefined when it is a service account's. */
export function faultOfCredentials(file: string): string | undefined {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    return `cannot be read (${(error as NodeJS.ErrnoException).code})`
  }
  let content: unknown
  try {
    content = JSON.parse(text)
  } catch {
    // What the parser says repeats a piece of the file.
    return 'must hold JSON: the key file of a service account'
  }
  if (typeof content !== 'object' || content === null || Array.isArray(content))
    return 'must hold a JSON object: the key file of a service account'
  const account = content as Record<string, unknown>
  const lacks = Object.keys(members).filter((name) => !members[name]?.(account[name]))
  if (lacks.length === 0) return undefined
  return `holds no service account: ${lacks.join(', ')} ${lacks.length === 1 ? 'is' : 'are'} missing or wrong`
}
