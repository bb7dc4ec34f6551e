import type { PersonKey } from '../../base/person.ts'
import type { FailureKind } from '../../signin/failures.ts'
import { alivePhases } from '../../signin/phases.ts'
import type { SignIn } from '../../signin/sign-in.ts'
import type { Effects, SignInStore } from '../../signin/sign-in-store.ts'
import { memoryOf, noteProof } from './device-store.ts'
import type { Engine } from './engine.ts'
import type { Transaction } from './group.ts'
import type { Wanted } from './overlay.ts'
import { createReading } from './reading.ts'
import { fromRow, personId, type Rows, toRow } from './rows.ts'
import { noteMoved, noteOpened, wantedByOpened } from './sign-in-notes.ts'

const read = (row: Rows['sign_in'] | undefined): SignIn | undefined => row && fromRow(row)

/** A hint is remembered until the code forgets it; the store's own broom comes later. */
const endsAt = (milliseconds: number): Date => new Date(milliseconds)

const failureId = (person: PersonKey, kind: FailureKind): string => `${personId(person)} ${kind}`
/** What decides on a person's devices or open sign-ins as a whole. */
const personGuard = (person: PersonKey): string => `person:${personId(person)}`
/** Shared by all who sign for an integration; held from all by who changes it. */
export const integrationGuard = (id: string): string => `integration:${id}`

export function createSignInStore(engine: Engine): SignInStore {
  const { matching, one, many, drop } = createReading(engine)
  const find = async (id: string): Promise<SignIn | undefined> => read((await matching('sign_in', { _id: id }))[0])

  return {
    async open(signIn, hint, maxOpen, now, events) {
      const { tenantId, objectId } = signIn
      const ofPerson = { phase: 'open', tenantId, objectId } as const
      const wanted = { used_hint: [{ _id: hint.digest }], sign_in: [ofPerson], ...wantedByOpened(signIn) }
      const opened = await engine.write(wanted, (transaction) => {
        const used = transaction.get('used_hint', hint.digest)
        if (used) return { kind: 'repeat' as const, id: used.signInId }
        const open = transaction.all('sign_in', ofPerson).filter(({ expiresAt }) => expiresAt > now)
        if (open.length >= maxOpen) return { kind: 'too-many' as const }
        // Another one that is opened for this person at the same time counts.
        transaction.guard(personGuard(signIn))
        remember(transaction, hint, signIn.id)
        transaction.put('sign_in', toRow(signIn))
        noteOpened(transaction, signIn, now)
        transaction.audit(events)
        return { kind: 'opened' as const }
      })
      return opened.kind === 'repeat' ? { kind: 'repeat', signIn: await find(opened.id) } : opened
    },

    move: (from, to, effects) =>
      engine.write(wantedByMove(from, to, effects), (transaction) => {
        if (transaction.get('sign_in', from.id)?.version !== from.version) return false
        if (!allows(transaction, effects)) return false
        transaction.put('sign_in', toRow(to))
        noteMoved(transaction, from, to, effects)
        carryOut(transaction, from, to, effects)
        transaction.audit(effects.events)
        return true
      }),

    find,

    standing: async (id) => {
      const [row] = await matching('sign_in', { _id: id })
      return row && { version: row.version, phase: row.phase, expiresAt: row.expiresAt }
    },

    used: async (digests) => {
      const used = await Promise.all(digests.map((_id) => matching('used_hint', { _id })))
      return new Set(used.flat().map(({ _id }) => _id))
    },

    findByHint: async (digest) => {
      const [used] = await matching('used_hint', { _id: digest })
      return used && find(used.signInId)
    },

    findByTicket: async (digest) =>
      read(
        (await one('sign_in', { 'ticket.ticketDigest': digest })) ??
          (await one('sign_in', { 'ticket.codeDigest': digest })),
      ),

    findByPendingDevice: async (thumbprint) =>
      read(await one('sign_in', { 'pendingDevice.thumbprint': thumbprint }, { openedAt: -1 })),

    openOf: async ({ tenantId, objectId }, now) => {
      const open = await matching('sign_in', { phase: 'open', tenantId, objectId })
      return open
        .filter(({ expiresAt }) => expiresAt > now)
        .map(fromRow)
        .sort((a, b) => a.openedAt - b.openedAt)
    },

    failures: async (person, kind) => {
      const [failure] = await matching('person_failure', { _id: failureId(person, kind) })
      return { count: failure?.count ?? 0, lastAt: failure?.lastAt ?? 0 }
    },

    forgetFailures: ({ tenantId, objectId }, event) =>
      engine.write({ person_failure: [{ tenantId, objectId }] }, (transaction) => {
        const rows = transaction.all('person_failure', { tenantId, objectId })
        if (rows.length === 0) return false
        for (const { _id } of rows) transaction.remove('person_failure', _id)
        transaction.audit([event])
        return true
      }),

    due: async (now, limit) =>
      (await many('sign_in', { phase: { $in: alivePhases }, expiresAt: { $lte: now } }, { expiresAt: 1 }, limit)).map(
        fromRow,
      ),

    forget: async (endedBefore, now) => {
      await drop('sign_in', { expiresAt: { $lte: endedBefore }, phase: { $nin: alivePhases } })
      await drop('used_hint', { keepUntil: { $lte: now } })
      await drop('used_proof', { expiresAt: { $lte: now } })
    },
  }
}

function remember(transaction: Transaction, used: { digest: string; keepUntil: number }, signInId: string): void {
  const { digest, keepUntil } = used
  transaction.put('used_hint', { _id: digest, signInId, keepUntil, endsAt: endsAt(keepUntil) })
}

function wantedByMove(from: SignIn, to: SignIn, effects: Effects): Wanted {
  const { ifDeviceActive, ifIntegrationEnabled, useOnce, useProof, ifNeverHadDevice } = effects
  const { spendInvitation, releaseInvitation, countFailure, endFailures, recordUnwanted } = effects
  const decidedBy = to.decision?.deviceId
  const ids = (...given: (string | undefined)[]) => given.filter((id) => id !== undefined).map((_id) => ({ _id }))
  const everOf = ifNeverHadDevice ? [devicesOf(ifNeverHadDevice)] : []
  const failed = [countFailure, endFailures].filter((each) => each !== undefined)
  return {
    sign_in: ids(from.id),
    sign_in_record: ids(from.id),
    device: [...ids(ifDeviceActive, decidedBy), ...everOf],
    integration: ids(ifIntegrationEnabled),
    used_hint: ids(useOnce?.digest),
    used_proof: ids(useProof?.id),
    invitation: ids(spendInvitation?.id, releaseInvitation?.id),
    person_failure: failed.map((each) => ({ _id: failureId(each, each.kind) })),
    unwanted: ids(recordUnwanted && personId(recordUnwanted)),
  }
}

const devicesOf = ({ tenantId, objectId }: PersonKey) => ({ tenantId, objectId })

/** Whether what a move demands holds, and will hold until it is durable. */
function allows(transaction: Transaction, effects: Effects): boolean {
  const { ifDeviceActive, ifIntegrationEnabled, useOnce, useProof, ifNeverHadDevice, spendInvitation } = effects
  if (ifDeviceActive) {
    if (transaction.get('device', ifDeviceActive)?.state !== 'active') return false
    transaction.touch('device', ifDeviceActive)
  }
  if (ifIntegrationEnabled) {
    if (!transaction.get('integration', ifIntegrationEnabled)?.enabled) return false
    transaction.guardShared(integrationGuard(ifIntegrationEnabled))
  }
  if (useOnce && transaction.get('used_hint', useOnce.digest)) return false
  if (useProof && memoryOf(transaction, useProof) === 'other') return false
  if (ifNeverHadDevice) {
    if (transaction.all('device', devicesOf(ifNeverHadDevice)).length > 0) return false
    transaction.guard(personGuard(ifNeverHadDevice))
  }
  if (spendInvitation) {
    const invitation = transaction.get('invitation', spendInvitation.id)
    if (invitation?.heldBy !== spendInvitation.heldBy || invitation.spentAt !== null) return false
  }
  const judgedBy = effects.countFailure ?? effects.endFailures
  if (!judgedBy) return true
  const failure = transaction.get('person_failure', failureId(judgedBy, judgedBy.kind))
  return (failure?.count ?? 0) === judgedBy.after
}

/** What becomes durable together with a move. */
function carryOut(transaction: Transaction, from: SignIn, to: SignIn, effects: Effects): void {
  const { useOnce, useProof, activate, spendInvitation, releaseInvitation } = effects
  const { countFailure, endFailures, recordUnwanted } = effects
  if (useOnce) remember(transaction, useOnce, from.id)
  if (useProof && memoryOf(transaction, useProof) === 'first') noteProof(transaction, useProof)
  if (activate) {
    transaction.put('device', { ...toRow(activate), lastUsedAt: null })
    transaction.guard(personGuard(activate))
  }
  if (to.phase === 'approved' && from.phase !== 'approved' && to.decision) {
    const device = transaction.get('device', to.decision.deviceId)
    if (device) transaction.put('device', { ...device, lastUsedAt: to.decision.at })
  }
  if (spendInvitation) {
    const invitation = transaction.get('invitation', spendInvitation.id)
    if (invitation) transaction.put('invitation', { ...invitation, spentAt: spendInvitation.at })
  }
  if (releaseInvitation) {
    const invitation = transaction.get('invitation', releaseInvitation.id)
    if (invitation?.heldBy === releaseInvitation.heldBy)
      transaction.put('invitation', { ...invitation, heldBy: null, heldUntil: 0 })
  }
  if (countFailure) {
    const { tenantId, objectId, kind, after, at } = countFailure
    const _id = failureId(countFailure, kind)
    transaction.put('person_failure', { _id, tenantId, objectId, kind, count: after + 1, lastAt: at })
  }
  if (endFailures) transaction.remove('person_failure', failureId(endFailures, endFailures.kind))
  if (recordUnwanted) {
    const { tenantId, objectId, at, kind } = recordUnwanted
    const _id = personId(recordUnwanted)
    const earlier = transaction.get('unwanted', _id)?.unwanted ?? []
    const unwanted = [...earlier, { at, kind }].sort((a, b) => a.at - b.at)
    transaction.put('unwanted', { _id, tenantId, objectId, unwanted, lastAt: unwanted.at(-1)?.at ?? at })
  }
}
