import { refuse } from '../../base/refusal.ts'
import { addressOf } from '../filters/asked.ts'
import { integrationNames } from '../filters/integration-choice.ts'
import type { Handler } from '../frame.ts'
import type { AdminDeps } from '../wiring.ts'
import { contractName, moment } from '../words.ts'
import { rowOf } from './rows.ts'
import { durationWords, phonesIn, stepsOf } from './timeline.ts'

export function createSignInPage({
  signInHistory,
  auditReading,
  devices,
  integrations,
}: Pick<AdminDeps, 'signInHistory' | 'auditReading' | 'devices' | 'integrations'>): Handler {
  return async ({ request, show, refused }) => {
    const record = await signInHistory.find(String(request.params.id))
    if (!record) return refused(refuse('admin.unknown', 'no such sign-in'))
    const [entries, all] = await Promise.all([auditReading.timeline(record.id), integrations.list()])
    const phones = await phonesIn(entries, record, devices.find)
    const accepted = entries.map(({ record: { event } }) => event).find(({ type }) => type === 'hint.accepted')
    const names = integrationNames(all)
    const { endedAt, openedAt, deviceId } = record
    show('admin/sign-ins/one', {
      title: `Sign-in of ${record.person}`,
      one: {
        ...rowOf(record, names),
        id: record.id,
        integration: names(record.integrationId),
        contract: contractName(record.contract),
        took: endedAt === null ? null : durationWords(endedAt - openedAt),
        ended: endedAt === null ? null : moment(endedAt),
        phone: deviceId === null ? null : (phones.get(deviceId) ?? null),
        clientRequestId: accepted?.type === 'hint.accepted' ? accepted.clientRequestId : null,
      },
      steps: stepsOf(entries, phones),
      isOver: endedAt !== null,
      inAudit: addressOf('/admin/audit', { signIn: record.id }),
    })
  }
}
