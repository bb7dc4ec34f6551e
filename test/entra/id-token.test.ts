import { describe, expect, test } from '@jest/globals'
import type { AuditEvent } from '../../src/audit/events.ts'
import { claimsFor, signClaim, signingEvent, TOKEN_LIFE_SECONDS } from '../../src/entra/id-token.ts'
import type { Keys } from '../../src/keys/keys.ts'
import type { SignIn } from '../../src/signin/sign-in.ts'
import { aSignIn, OPENED } from '../signin/a-sign-in.ts'

const PUBLIC_URL = 'https://mfa.example'
const decision = { deviceId: 'device-1', approvalDigest: 'd', proof: 'software-key' as const, at: OPENED }
const approved = (change: Partial<SignIn> = {}) => aSignIn({ phase: 'answered', decision, ...change })

const control = { contract: 'custom-control', claimType: 'CountersignMfa', claimValue: 'MfaDone' } as const
const external = (acrValues: string[], amrValues: string[] | null) => ({
  contract: 'external-mfa' as const,
  acrValues,
  amrValues,
})

describe('the claims', () => {
  const NO_PROOF = 'no proof was recorded for this sign-in'
  const NOT_ASKED_FOR = 'the proof achieved is not among what Entra asked for'

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
    const claims = claimsFor(approved({ asked: control }), PUBLIC_URL, OPENED)
    expect(claims).toMatchObject({ CountersignMfa: 'MfaDone', sub: 'pairwise-subject', nonce: 'the-nonce' })
    expect(Object.keys(claims)).toHaveLength(7)
  })

  test('echo the subject of the hint, never the object id', () => {
    expect(Object.values(claimsFor(approved(), PUBLIC_URL, OPENED))).not.toContain(aSignIn().objectId)
  })

  test.each([
    ['nobody decided', { decision: null }, NO_PROOF],
    ['the decision proved nothing', { decision: { ...decision, proof: null } }, NO_PROOF],
    ['nobody decided for a custom control', { asked: control, decision: null }, NO_PROOF],
    ['no acr is true', { asked: external(['inherence'], null) }, NOT_ASKED_FOR],
    ['swk was not asked for', { asked: external(['possession'], ['fido']) }, NOT_ASKED_FOR],
  ])('are not made when %s', (_what, change, fault) => {
    expect(() => claimsFor(approved(change), PUBLIC_URL, OPENED)).toThrow(fault)
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
    const { tenantId, objectId } = aSignIn()
    expect(event).toEqual({
      ...{ type: 'claim.signing', signInId: 'sign-in-1', integrationId: 'integration-1', tenantId, objectId },
      ...{ contract: 'external-mfa', proof: 'software-key', audience: 'countersign-client-1', issuedAt: OPENED },
    })
    expect(JSON.stringify(event)).not.toMatch(/the-nonce|the-state/)
    expect(signingEvent(approved({ decision: null }), OPENED)).toMatchObject({ proof: 'none' })
  })
})
