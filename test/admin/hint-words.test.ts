import { describe, expect, test } from '@jest/globals'
import { hintFacts, whatToCheck } from '../../src/admin/integrations/hint-words.ts'
import { type RefusalCode, sentences } from '../../src/base/refusal.ts'
import { contracts } from '../../src/integrations/integration.ts'

const codes = (Object.keys(sentences) as RefusalCode[]).filter(
  (code) =>
    /^(hint|asked|entra)\./.test(code) ||
    ['request.protocol', 'request.incomplete', 'integration.disabled'].includes(code),
)

describe('what to check', () => {
  test.each(codes)('%s has a sentence for administrators, which is not the one for people', (code) => {
    for (const contract of contracts) {
      expect(whatToCheck(code, contract)).not.toBe(sentences[code])
      expect(whatToCheck(code, contract)).toMatch(/\.$/)
    }
  })

  test('is said of what we do not know too', () => {
    expect(whatToCheck('sign-in.ended', 'external-mfa')).toBe(sentences['sign-in.ended'])
    expect(whatToCheck('of.old', 'external-mfa')).toMatch(/reason on record/)
  })
})

describe('the last hints', () => {
  const refused = { at: 2000, code: 'hint.issuer', reason: 'why' }

  test('are trouble when what came last was refused', () => {
    const trouble = (acceptedAt: number | null, at: number | null) =>
      hintFacts('external-mfa', { acceptedAt, refused: at === null ? null : { ...refused, at } }, true).trouble
    expect([
      trouble(null, null),
      trouble(1, null),
      trouble(3000, 2000),
      trouble(1000, 2000),
      trouble(null, 2000),
    ]).toEqual([false, false, false, true, true])
  })

  test('are none when the integration was disabled then, and is enabled again', () => {
    const disabled = { acceptedAt: 1000, refused: { ...refused, code: 'integration.disabled' } }
    const [again, still] = [true, false].map((enabled) => hintFacts('external-mfa', disabled, enabled))
    expect(again).toMatchObject({ trouble: false, isOver: true })
    expect(still).toMatchObject({ trouble: true, isOver: false })
    expect(hintFacts('external-mfa', { acceptedAt: 3000, refused: disabled.refused }, true).isOver).toBe(false)
  })

  test('say whether anybody may have sent what was refused', () => {
    const unproven = (code: string) =>
      hintFacts('external-mfa', { acceptedAt: null, refused: { ...refused, code } }, true).refused?.isUnproven
    expect(
      ['hint.issuer', 'hint.signature', 'request.incomplete', 'hint.audience', 'integration.disabled'].map(unproven),
    ).toEqual([...[true, true, true, false, false]])
  })
})
