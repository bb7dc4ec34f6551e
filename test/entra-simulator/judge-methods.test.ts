// What was asked for. Each contract asks for something of its own; that the other is not held to it: judge.test.ts.
import { describe, test } from '@jest/globals'
import { cloudNames, expectRefused, openJudges } from './every-judge.ts'

const judges = openJudges()

describe.each(cloudNames)('what External MFA asks for in the cloud %s', (cloud) => {
  const { answer } = judges.at(cloud, 'external-mfa')

  test('V11 refuses an acr that is missing, a list, or was not requested', async () => {
    for (const acr of [undefined, ['possessionorinherence'], 'possession'])
      expectRefused(await answer({ claims: { acr } }), ['V11'], 'AADSTS5001258')
  })

  test('V12 refuses an amr that is missing, a string, two, unknown, or not requested', async () => {
    for (const amr of [undefined, 'swk', ['swk', 'otp'], ['pwd'], ['mfa'], []])
      expectRefused(await answer({ claims: { amr } }), ['V12'], 'AADSTS5001257')
    expectRefused(await answer({}, { amrValues: ['otp'] }), ['V12'], 'AADSTS5001257')
  })

  test('V12 refuses a method of the same type as the first factor', async () => {
    expectRefused(await answer({}, { firstFactor: 'sms' }), ['V12'], 'AADSTS5001257')
  })
})

describe.each(cloudNames)('what a custom control asks for in the cloud %s', (cloud) => {
  const { answer } = judges.at(cloud, 'custom-control')

  test('V17 refuses a claim that is missing, of another value or case, or a list', async () => {
    for (const TinyMfa of [undefined, 'Done', 'mfadone', ['MfaDone'], true])
      expectRefused(await answer({ claims: { TinyMfa } }), ['V17'], 'AADSTS50161')
  })
})
