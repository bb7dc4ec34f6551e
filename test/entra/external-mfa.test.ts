import { describe, expect, test } from '@jest/globals'
import { isRefusal } from '../../src/base/refusal.ts'
import { canMeetExternalMfa, honestAnswer, readAskedByExternalMfa } from '../../src/entra/external-mfa.ts'
import { usualAcr, usualAmr } from '../entra-simulator/make-attempt.ts'

const asked = (acrValues: string[], amrValues: string[] | null = null) => ({
  contract: 'external-mfa' as const,
  acrValues,
  amrValues,
})
const read = (idToken: object) => readAskedByExternalMfa(JSON.stringify({ id_token: idToken }))

describe('what External MFA asks', () => {
  test('is read in its order of preference, value before values', () => {
    const acr = { value: 'possession', values: ['inherence', 'possessionorinherence'] }
    expect(read({ acr, amr: { values: ['fido', 'swk'] } })).toEqual(
      asked(['possession', 'inherence', 'possessionorinherence'], ['fido', 'swk']),
    )
  })

  test('may leave amr open', () => {
    expect(read({ acr: { value: 'possession' } })).toEqual(asked(['possession']))
  })

  test('may have members that we do not know', () => {
    expect(read({ acr: { value: 'possession', essential: true, more: [] }, other: null, auth_time: {} })).toEqual(
      asked(['possession']),
    )
  })

  test.each([
    [undefined, 'not an object'],
    ['', 'not an object'],
    ['null', 'not an object'],
    ['[]', 'not an object'],
    ['{', 'not an object'],
    ['{}', 'id_token'],
    ['{"userinfo":{}}', 'id_token'],
    ['{"id_token":null}', 'id_token'],
    ['{"id_token":{"acr":null}}', 'id_token.acr'],
  ])('is refused when it is %j, with a reason that says where', (claims, where) => {
    const reason = `claims: ${where}`
    expect(readAskedByExternalMfa(claims)).toMatchObject({ code: 'asked.malformed', reason })
  })

  test.each(['__proto__', 'constructor', 'prototype'])('is refused when it names %s, wherever', (name) => {
    const idToken = JSON.stringify({ acr: { value: 'possession' }, name: [{ more: {} }] })
    for (const claims of [`{"${name}":{},"id_token":${idToken}}`, `{"id_token":${idToken.replace('more', name)}}`])
      expect(readAskedByExternalMfa(claims)).toMatchObject({ reason: 'claims: not an object' })
    expect(isRefusal(readAskedByExternalMfa(`{"id_token":${idToken}}`))).toBe(false)
  })

  test('is refused with a reason that names the member, and repeats nothing that was sent', () => {
    const refused = read({ acr: { values: ['<script>', 7] } })
    expect(isRefusal(refused) && refused.reason).toBe('claims: id_token.acr.values.1')
  })
})

describe('the honest answer of a key in a browser', () => {
  test('to what Entra usually asks is swk and the acr that was asked for', () => {
    expect(honestAnswer(asked(usualAcr, usualAmr), 'software-key')).toEqual({
      acr: 'possessionorinherence',
      amr: ['swk'],
    })
  })

  test.each(['possession', 'possessionorinherence', 'knowledgeorpossession', 'knowledgeorpossessionorinherence'])(
    'meets the acr %s, letter by letter',
    (acr) => {
      expect(honestAnswer(asked([acr]), 'software-key')).toEqual({ acr, amr: ['swk'] })
    },
  )

  test.each(['knowledge', 'inherence', 'knowledgeorinherence', 'Possession', 'possession ', 'constructor', ''])(
    'does not meet the acr %j',
    (acr) => {
      expect(honestAnswer(asked([acr]), 'software-key')).toBeUndefined()
      expect(canMeetExternalMfa(asked([acr]))).toBe(false)
    },
  )

  test('is the first acr that is true, not the first that was asked', () => {
    expect(
      honestAnswer(asked(['inherence', 'knowledge', 'possession', 'possessionorinherence']), 'software-key')?.acr,
    ).toBe('possession')
  })

  test.each([['fido', 'hwk', 'otp', 'pop'], ['SWK'], []])('is none when amr asks for %j…', (...amr) => {
    expect(honestAnswer(asked(usualAcr, amr), 'software-key')).toBeUndefined()
  })
})
