import type { PushPayload } from '../../device-api/contract.ts'

/** What a push says, or nothing when it cannot be read. Members that a later service may add are passed over. */
export function readPushPayload(text: string | undefined): PushPayload | undefined {
  const said = parse(text)
  if (!said) return undefined
  const { kind, tag, deviceId, integrationName, person, millisecondsLeft, outcome } = said
  if (!isName(tag) || !isName(deviceId) || !isName(integrationName)) return undefined
  const common = { tag, deviceId, integrationName }
  if (kind === 'test') return { kind, ...common }
  if (kind === 'over') return { kind, ...common, outcome: outcome === 'decided' ? outcome : 'ended' }
  if (kind !== 'prompt' || typeof millisecondsLeft !== 'number') return undefined
  return { kind, ...common, millisecondsLeft, ...(isName(person) && { person }) }
}

function parse(text: string | undefined): Record<string, unknown> | undefined {
  try {
    const said: unknown = JSON.parse(text ?? '')
    return typeof said === 'object' && said !== null ? (said as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}
