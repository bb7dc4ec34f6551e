import { describe, expect, test } from '@jest/globals'
import type { AuditEvent } from '../../src/audit/events.ts'
import { claimsFor, signClaim, signingEvent, TOKEN_LIFE_SECONDS } from '../../src/entra/id-token.ts'
import type { Keys } from '../../src/keys/keys.ts'
import type { SignIn } from '../../src/signin/sign-in.ts'
import { aSignIn, OPENED } from '../signin/a-sign-in.ts'

const PUBLIC_URL = 'https://mfa.example'
const decision = { deviceId: 'device-1', approvalDigest: 'd', proof: 'software-key' as const, at: OPENED }
const approved = (change: Partial<SignIn> = {}) => aSignIn({ phase: 'answered', decision, ...change })

describe('the claims', () => {
  test('for External MFA are these and no others: one acr as text, one amr in a list', () => {
    const iat = Math.floor(OPENED / 1000)
    expect(claimsFor(approved(), PUBLIC_URL, OPENED + 999)).toEqual({
      iss: 'https://mfa.example/entra/integration-1',
      aud: 'countersign-client-1',
      sub: 'pairwise-subject',
      nonce: 'the-nonce',
      iat,
      exp: iat + TOKEN_LIFE_SECONDS,
      acr: 'possessionorinherence',
      amr: ['swk'],
    })
  })

  test('for a custom control are its own, with neither acr nor amr', () => {
    const asked = { contract: 'custom-control', claimType: 'CountersignMfa', claimValue: 'MfaDone' } as const
    const claims = claimsFor(approved({ asked }), PUBLIC_URL, OPENED)
    expect(claims).toMatchObject({ CountersignMfa: 'MfaDone', sub: 'pairwise-subject', nonce: 'the-nonce' })
    expect(Object.keys(claims)).toHaveLength(7)
  })

  test('echo the subject of the hint, never the object id', () => {
    expect(Object.values(claimsFor(approved(), PUBLIC_URL, OPENED))).not.toContain(aSignIn().objectId)
  })

  test.each([
    ['nobody decided', { decision: null }],
    ['the decision proved nothing', { decision: { ...decision, proof: null } }],
    ['no acr is true', { asked: { contract: 'external-mfa' as const, acrValues: ['inherence'], amrValues: null } }],
    [
      'swk was not asked for',
      { asked: { contract: 'external-mfa' as const, acrValues: ['possession'], amrValues: ['fido'] } },
    ],
  ])('are not made when %s', (_what, change) => {
    expect(() => claimsFor(approved(change), PUBLIC_URL, OPENED)).toThrow()
  })

  test('are good for five minutes', () => {
    expect(TOKEN_LIFE_SECONDS).toBe(300)
  })
})

describe('signing', () => {
  const events: AuditEvent[] = []
  const audit = { record: async (...given: AuditEvent[]) => void events.push(...given), count: async () => {} }
  const keys = { sign: async () => ({ token: 'the.signed.token', kid: 'key-1' }) } as unknown as Keys

  test('is on record before the claim is given away, without the claim itself', async () => {
    const token = await signClaim(approved(), OPENED, { keys, audit, publicUrl: PUBLIC_URL })
    expect(events).toEqual([expect.objectContaining({ type: 'claim.signed', keyId: 'key-1', signInId: 'sign-in-1' })])
    expect(JSON.stringify(events)).not.toContain(token)
  })

  test('gives nothing away when it cannot be recorded', async () => {
    const failing = { ...audit, record: () => Promise.reject(new Error('disk full')) }
    await expect(signClaim(approved(), OPENED, { keys, audit: failing, publicUrl: PUBLIC_URL })).rejects.toThrow(
      'disk full',
    )
  })

  test('is announced with what will be claimed, and no secret', () => {
    const event = signingEvent(approved(), OPENED)
    expect(event).toMatchObject({
      type: 'claim.signing',
      contract: 'external-mfa',
      proof: 'software-key',
      audience: 'countersign-client-1',
    })
    expect(JSON.stringify(event)).not.toMatch(/the-nonce|the-state/)
  })
})
