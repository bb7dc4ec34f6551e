// Why a request of Entra was refused, for whoever can do something about it: what to compare, and where.
import { type RefusalCode, sentences } from '../../base/refusal.ts'
import { type Contract, contracts, type Integration } from '../../integrations/integration.ts'
import type { LastHint, LastHints } from '../../integrations/last-hints.ts'
import { contractName, moment } from '../words.ts'

const OTHER_TENANT =
  'A request of another tenant came with this integration’s client id: compare the Directory (tenant) ID with the one on the ' +
  'Overview page of your tenant in Entra. If it is wrong here, connect the right one and remove this one. If it is right, ' +
  'look whether this client id was pasted into another tenant, and whether the cloud is right.'
const NOT_ENTRA =
  'Entra does not send that. Something between the browser and here may have changed the request, or somebody tries what they can.'

const checks: Partial<Record<RefusalCode, string>> = {
  'hint.tenant': OTHER_TENANT,
  'hint.issuer': OTHER_TENANT,
  'hint.audience':
    'The request is addressed to another application: compare the Application (client) ID with the Overview page of the app ' +
    'registration in Entra. If they agree, let requests name either id, in the settings.',
  'hint.key':
    'The request is signed with a key that Entra does not publish for this cloud: check that the cloud is right. An app ' +
    'registration with a signing key of its own (made for claims mapping) leads here too.',
  'hint.signature': `The signature does not fit the request. ${NOT_ENTRA}`,
  'hint.algorithm': `The request is signed in another way than Entra signs. ${NOT_ENTRA}`,
  'hint.malformed': `What the request says of who is signing in was not there, or could not be read. ${NOT_ENTRA}`,
  'hint.version': `The version of the request does not fit its issuer. ${NOT_ENTRA}`,
  'hint.time':
    'The request was too old, or from the future. Check the clock of the machine that Countersign runs on. If it is right, ' +
    'somebody left the page open for longer than COUNTERSIGN_HINT_MAX_AGE allows.',
  'hint.subject':
    'The request does not say who is signing in: check that openid and profile are consented in the app registration.',
  'hint.replayed':
    'The same request came a second time, as Back in a browser sends it. Whoever it was starts again from the application; nothing is to be changed.',
  'entra.keys-unavailable':
    'Entra’s keys could not be fetched: check that the machine that Countersign runs on reaches the sign-in host of this cloud over https.',
  'entra.key-unseen':
    'The request is signed with a key that was not among Entra’s keys, which had been fetched seconds before. It passes by itself; ' +
    'if it does not, the request is not Entra’s, or the cloud is not right.',
  'request.protocol': `The request asked in another way than Entra does. ${NOT_ENTRA}`,
  'request.incomplete': `Something was missing that Entra always sends. ${NOT_ENTRA}`,
  'asked.malformed': `What was asked for could not be read. ${NOT_ENTRA}`,
  'integration.disabled':
    'This integration is disabled, so nobody is let through. Enable it to serve its sign-ins again.',
  'integration.contract':
    'This integration is not to be asked in this way: see “How Entra may ask” in its settings, or take Countersign out of that policy in Entra.',
  'sign-in.too-many':
    'Somebody had three sign-ins open at once. It passes by itself. If it is often the same person, somebody else may know their password.',
  'service.stopping': 'Countersign was being restarted at that moment. Nothing is to be changed.',
}

const unmeetable: Record<Contract, string> = {
  'external-mfa':
    'Entra asked for a kind of proof that an approval on a phone is not. Ask for multifactor authentication, nothing narrower.',
  'custom-control':
    'The control in Entra asks for another claim than this integration’s JSON: compare the two. A control is changed by making it anew.',
}

/** Refused before the signature was verified: whoever knows the client id may have sent it. */
const UNPROVEN: readonly string[] = [
  ...['request.protocol', 'request.incomplete', 'service.stopping', 'entra.keys-unavailable', 'entra.key-unseen'],
  ...['hint.malformed', 'hint.algorithm', 'hint.key', 'hint.signature', 'hint.issuer'],
]

export function whatToCheck(code: string, contract: Contract): string {
  if (code === 'asked.unmeetable') return unmeetable[contract]
  return checks[code as RefusalCode] ?? sentences[code as RefusalCode] ?? 'The reason on record says why.'
}

/** Whether a refusal is over because the integration, which was disabled then, is enabled again. */
export const wasWhileDisabled = (refused: LastHint['refused'], enabled: boolean): boolean =>
  enabled && refused?.code === 'integration.disabled'

/** The last requests by a contract as a page shows them; `trouble` when the last one was refused, and may be again. */
export function hintFacts(contract: Contract, { acceptedAt, refused }: LastHint, enabled: boolean) {
  const isLast = refused !== null && refused.at > (acceptedAt ?? 0)
  const isOver = isLast && wasWhileDisabled(refused, enabled)
  return {
    contract,
    name: contractName(contract),
    accepted: acceptedAt === null ? null : moment(acceptedAt),
    trouble: isLast && !isOver,
    isOver,
    refused: refused && {
      when: moment(refused.at),
      check: whatToCheck(refused.code, contract),
      code: refused.code,
      reason: refused.reason,
      isUnproven: UNPROVEN.includes(refused.code),
    },
  }
}

/** The same of both contracts of an integration. */
export async function hintsOf(lastHints: LastHints, { id, enabled }: Pick<Integration, 'id' | 'enabled'>) {
  const seen = await lastHints.of(id)
  return contracts.toReversed().map((contract) => hintFacts(contract, seen[contract], enabled))
}
