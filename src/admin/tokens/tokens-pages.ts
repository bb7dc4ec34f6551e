// Machines' access: the list of tokens, the making of another, which is shown once, and the end of each.
import { CONFIRMED_DAYS, type Token } from '../../administrators/token.ts'
import type { ListedToken } from '../../administrators/tokens.ts'
import { isRefusal, type Refusal, refuse } from '../../base/refusal.ts'
import type { Describe, Handler, Signed } from '../frame.ts'
import type { AdminDeps, Wiring } from '../wiring.ts'
import { moment } from '../words.ts'
import { barWords, scopeWords, stateWords } from './token-words.ts'
import { DEFAULTS, formOf, type Mistakes, readTyped, type Typed, typedIn } from './typed-token.ts'

const LIST = '/admin/tokens'

/** Why a token may less than it was made for. */
function lossOf({ token, state, may, bar }: ListedToken): string | null {
  if (state === 'revoked' || state === 'expired' || may.length === token.scopes.length) return null
  if (bar) return barWords[bar]
  const lost = token.scopes.filter((scope) => !may.includes(scope)).map((scope) => scopeWords[scope].name)
  return `The role of whoever made it does not allow: ${lost.join(', ')}.`
}

const factsOf = (listed: ListedToken) => {
  const { token, maker, state, confirmBy } = listed
  const { id, name, scopes, createdAt, expiresAt, lastUsedAt, revokedAt } = token
  return {
    ...{ id, name, state, stateWords: stateWords[state] },
    isOver: state === 'revoked' || state === 'expired',
    scopes: scopes.map((scope) => scopeWords[scope].name),
    maker: maker?.name ?? null,
    created: moment(createdAt),
    expires: moment(expiresAt),
    revoked: revokedAt === null ? null : moment(revokedAt),
    used: lastUsedAt === null ? null : moment(lastUsedAt),
    loss: lossOf(listed),
    // Only where it comes first: what expires before needs nobody.
    confirmBy: state === 'active' && confirmBy !== null && confirmBy < expiresAt ? moment(confirmBy) : null,
  }
}

export function addTokensPages({ get, post, form, frame }: Wiring, deps: AdminDeps): void {
  const { clock, publicUrl } = deps
  const { tokens } = deps.administrators

  async function showList({ show, administrator }: Signed, typed: Typed, mistakes: Mistakes = {}): Promise<void> {
    const all = (await tokens.list()).map(factsOf)
    show('admin/tokens/tokens', {
      title: 'API tokens',
      tokens: all.filter(({ isOver }) => !isOver),
      over: all.filter(({ isOver }) => isOver),
      form: formOf(typed, mistakes),
      confirmedDays: administrator.via === 'entra' ? CONFIRMED_DAYS : null,
    })
  }
  const showAgain = (signed: Signed, typed: Typed, mistakes: Mistakes): Promise<void> => {
    signed.response.status(400)
    return showList(signed, typed, mistakes)
  }

  const describeMaking: Describe = async (signed) => {
    const typed = typedIn(signed.fields)
    const read = readTyped(typed, clock.now())
    if ('wanted' in read) return `Make the API token “${read.wanted.name}”`
    await showAgain(signed, typed, read.mistakes)
    return null
  }
  const make: Handler = async (signed) => {
    const typed = typedIn(signed.fields)
    const read = readTyped(typed, clock.now())
    if ('mistakes' in read) return showAgain(signed, typed, read.mistakes)
    const made = await tokens.make(read.wanted, signed.administrator)
    if (isRefusal(made)) return signed.refused(made)
    const { name, scopes, expiresAt } = made.token
    signed.show('admin/tokens/made', {
      title: 'New API token',
      ...{ name, secret: made.secret, expires: moment(expiresAt) },
      scopes: scopes.map((scope) => scopeWords[scope].name),
      // Something that changes nothing. The secret itself is not for the history of a shell.
      example: scopes.includes('read')
        ? `curl -H "Authorization: Bearer $COUNTERSIGN_TOKEN" ${publicUrl}/admin/api/v1/overview`
        : null,
    })
  }

  const target = async ({ request }: Signed): Promise<Token | Refusal> =>
    (await tokens.find(String(request.params.id))) ?? refuse('admin.unknown', 'no such token')
  const describeRevoking: Describe = async (signed) => {
    const token = await target(signed)
    return isRefusal(token) ? token : `Revoke the API token “${token.name}” for good`
  }
  const revoke: Handler = async (signed) => {
    const token = await target(signed)
    const revoked = isRefusal(token) ? token : await tokens.revoke(token, signed.administrator)
    return isRefusal(revoked) ? signed.refused(revoked) : signed.done(LIST, 'token-revoked')
  }

  get(
    LIST,
    frame.only('tokens', (signed) => showList(signed, DEFAULTS)),
  )
  post(LIST, form, frame.dangerous('tokens', describeMaking, make))
  post(`${LIST}/:id/revoke`, form, frame.dangerous('tokens', describeRevoking, revoke))
}
