// Shots of phones. Those of people who have them decide, and never with a right number.
import { randomUUID } from 'node:crypto'
import type { Chance } from './chance.ts'
import { mutateJson, mutateJsonText, mutateJws, mutateText, printable } from './mutate.ts'
import type { People } from './people.ts'
import type { Arm, Headers, Shot } from './send.ts'

const JSON_TYPE = { 'content-type': 'application/json' }

const subscription = {
  kind: 'web',
  endpoint: 'https://push.example/send/x',
  keys: { p256dh: Buffer.alloc(65, 4).toString('base64url'), auth: Buffer.alloc(16, 1).toString('base64url') },
}

export function createDeviceArms(chance: Chance, { phones, strangers }: People, from: () => Headers): Arm[] {
  /** A request of a phone, its proof or body bent, or neither where what it says is enough, or it is to be taken. */
  async function ofPhone(
    method: 'GET' | 'POST',
    path: string,
    content: unknown,
    phone = chance.is(0.7) ? chance.pick(phones) : chance.pick(strangers),
    isWhole = false,
  ): Promise<Shot> {
    const bend = (likelihood: number): boolean => !isWhole && chance.is(likelihood)
    if (chance.is(0.02) || phone.nonce() === '') await phone.fetchNonce()
    const body = method === 'GET' ? undefined : bend(0.5) ? mutateJsonText(chance, content) : JSON.stringify(content)
    const bends = [
      {},
      {},
      {},
      { nonce: mutateText(chance, phone.nonce()) },
      { htu: 'https://elsewhere.example/' },
      { bod: 'x' },
    ]
    const proof = await phone.prove(method, path, body, isWhole ? {} : chance.pick(bends))
    return {
      method,
      path,
      headers: {
        ...from(),
        ...(body !== undefined && JSON_TYPE),
        dpop: printable(bend(0.3) ? mutateJws(chance, proof) : proof),
      },
      ...(body !== undefined && { body }),
    }
  }

  /** Somebody says no, and is heard: what is bent hits sign-ins that are being decided. */
  async function refusal(): Promise<Shot | undefined> {
    const phone = chance.pick(phones)
    const [asked] = ((await phone.pending()).body?.pending ?? []) as { shown: object }[]
    if (!asked) return undefined
    const approval = await phone.sign(asked.shown, chance.pick(['cancel', 'not-me']), 'none')
    return ofPhone('POST', '/device/v1/decide', { approval }, phone, true)
  }

  async function decision(): Promise<Shot> {
    const heard = chance.is(0.2) ? await refusal() : undefined
    if (heard) return heard
    const phone = chance.pick(phones)
    const pending = chance.is(0.3) ? ((await phone.pending()).body?.pending ?? []) : []
    const shown = pending.length > 0 ? chance.pick(pending as { shown: object }[]).shown : { signInId: randomUUID() }
    const bent = chance.is(0.5) ? (mutateJson(chance, shown) as object) : shown
    const approval = await phone.sign(bent, chance.pick(['approve', 'approve', 'cancel', 'not-me', 'maybe']), 'none')
    const sent = { approval: chance.is(0.5) ? mutateJws(chance, approval) : approval }
    return ofPhone('POST', '/device/v1/decide', sent, chance.is(0.9) ? phone : chance.pick(phones))
  }

  const binding = () => ({
    [chance.pick(['code', 'ticket'])]: randomUUID(),
    device: { name: 'Phone', platform: 'Fuzz' },
  })
  const address = () => (chance.is(0.1) ? { kind: 'none' } : mutateJson(chance, subscription))

  return [
    { name: 'a phone that binds', share: 6, load: () => ofPhone('POST', '/device/v1/bind', binding()) },
    { name: 'a phone that looks', share: 4, load: () => ofPhone('GET', '/device/v1/pending', undefined) },
    { name: 'a decision', share: 8, load: decision },
    { name: 'a push subscription', share: 6, load: () => ofPhone('POST', '/device/v1/push', address()) },
  ]
}
