import { type Facts, type Finding, fail, notApplicable, pass, shown, verdictOf } from './finding.ts'

/** V1. Microsoft Learn: External MFA method provider reference, response; AADSTS900144. */
export function judgeIdToken({ token, claim, answer }: Facts): Finding {
  if (token) return claim ? pass(`${token.length} characters`) : fail('an id_token that is not a JSON Web Token')
  return answer.form.get('error') ? notApplicable('an error was sent in its place') : fail('no id_token')
}

/** V2. OpenID Connect Core 1.0 section 3.2.2.5: "clients MUST verify that the state value is equal". */
export function judgeState({ answer, attempt }: Facts): Finding {
  const state = answer.form.get('state')
  if ((state ?? '') === attempt.state) return pass('the same')
  return fail(state ? `another value: ${shown(state.slice(0, 60))}` : 'no state')
}

/** V13. OpenID Connect Core 1.0 section 3.1.3.7 (11): the nonce is there to detect a replay. */
export function judgeReplay({ seen, token }: Facts): Finding {
  if (!token) return notApplicable('an error may be repeated; it grants nothing')
  const faults = [seen.token && 'this very token was posted before', seen.nonce && 'its nonce was answered before']
  return verdictOf(
    faults.filter((each) => each !== false),
    'first use of both',
  )
}

const longest = 5 * 60 * 1000

/** V14. Microsoft Learn: External MFA method provider reference: Entra drops the attempt after five minutes. */
export function judgeTime({ now, attempt }: Facts): Finding {
  const seconds = Math.round((now - attempt.begunAt) / 1000)
  return now - attempt.begunAt > longest ? fail(`after ${seconds} s`) : pass(`after ${seconds} s`)
}

/** V15. OAuth 2.0 Form Post Response Mode section 2; RFC 6749 section 3.1: no parameter more than once. */
export function judgePost({ answer, attempt }: Facts): Finding {
  const { method, contentType, form, contract, address } = answer
  const names = [...form.keys()]
  const repeated = new Set(names.filter((name, at) => names.indexOf(name) !== at))
  const faults = [
    method !== 'POST' && `sent by ${method}`,
    !contentType.startsWith('application/x-www-form-urlencoded') && `content type ${shown(contentType)}`,
    contract !== attempt.contract && `asked for ${attempt.contract}, answered at the address of ${contract}`,
    address !== undefined &&
      address !== attempt.redirectUri &&
      `asked for at ${attempt.redirectUri}, posted to ${shown(address)}`,
    repeated.size > 0 && `more than once: ${[...repeated].join(', ')}`,
  ]
  return verdictOf(
    faults.filter((each) => each !== false),
    `POST to ${attempt.redirectUri}`,
  )
}

/** V20. RFC 6749 section 4.2.2.1: a refusal is not accompanied by a token; if it is, the refusal counts. */
export function judgeError({ answer, token }: Facts): Finding {
  const error = answer.form.get('error')
  if (!error) return notApplicable('no error')
  if (token) return fail(`error ${shown(error)} together with an id_token`)
  return /^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/.test(error)
    ? pass(`error ${shown(error)} and no id_token`)
    : fail(`an error that is not plain ASCII: ${shown(error)}`)
}
