// The honest answer to everything that External MFA can ask: every set of acr values with every set of amr values, for each
// proof. A new proof is one more row here, written by hand and not taken from the code.
import { describe, expect, test } from '@jest/globals'
import { canMeetExternalMfa, honestAnswer } from '../../src/entra/external-mfa.ts'
import type { Proof } from '../../src/signin/sign-in.ts'

/** Microsoft Learn: External MFA method provider reference, the acr values that Entra may ask for. */
const EVERY_ACR = [
  ...['possessionorinherence', 'knowledgeorpossession', 'knowledgeorinherence', 'knowledgeorpossessionorinherence'],
  ...['knowledge', 'possession', 'inherence'],
]
/** The same page, the table of amr; `bio` was seen beside them. */
const EVERY_AMR = 'bio face fido fpt hwk iris otp pop retina sc sms swk tel vbm'.split(' ')

/** What each proof truly is: its name, and what may be said of it. */
const truth: Record<Proof, { amr: string; acrs: string[] }> = {
  'software-key': {
    amr: 'swk',
    acrs: ['possessionorinherence', 'knowledgeorpossession', 'knowledgeorpossessionorinherence', 'possession'],
  },
}

const subsets = (values: string[]): string[][] =>
  Array.from({ length: 2 ** values.length }, (_, bits) => values.filter((_value, i) => bits & (1 << i)))

const acrSets = subsets(EVERY_ACR).flatMap((set) => [set, [...set].reverse()])
const amrSets: (string[] | null)[] = [null, ...subsets(EVERY_AMR)]
const asked = (acrValues: string[], amrValues: string[] | null) => ({
  contract: 'external-mfa' as const,
  acrValues,
  amrValues,
})

describe.each(Object.entries(truth) as [Proof, { amr: string; acrs: string[] }][])('a %s', (proof, { amr, acrs }) => {
  test('answers the first acr asked for that is true of it, and its own amr, or nothing at all', () => {
    const faults: unknown[] = []
    for (const acrValues of acrSets) {
      const acr = acrValues.find((value) => acrs.includes(value))
      for (const amrValues of amrSets) {
        const answer = honestAnswer(asked(acrValues, amrValues), proof)
        const fits = acr !== undefined && (amrValues === null || amrValues.includes(amr))
        const isRight = fits
          ? answer?.acr === acr && answer?.amr.length === 1 && answer.amr[0] === amr
          : answer === undefined
        if (!isRight) faults.push({ acrValues, amrValues, answer })
      }
    }
    expect(faults.slice(0, 5)).toEqual([])
    expect(acrSets.length * amrSets.length).toBe(256 * (2 ** EVERY_AMR.length + 1))
  })

  test('says nothing that its table does not: neither knowledge nor inherence alone, nor another method', () => {
    for (const acr of EVERY_ACR.filter((value) => !acrs.includes(value)))
      expect(honestAnswer(asked([acr], EVERY_AMR), proof)).toBeUndefined()
    const others = EVERY_AMR.filter((value) => value !== amr)
    expect(honestAnswer(asked(EVERY_ACR, others), proof)).toBeUndefined()
    expect(honestAnswer(asked(EVERY_ACR, EVERY_AMR), proof)).toEqual({ acr: EVERY_ACR[0], amr: [amr] })
  })
})

test('a person is asked exactly when some proof would be an honest answer', () => {
  const proofs = Object.keys(truth) as Proof[]
  for (const acrValues of acrSets) {
    for (const amrValues of [null, [], EVERY_AMR, ...EVERY_AMR.map((amr) => [amr])]) {
      const some = proofs.some((proof) => honestAnswer(asked(acrValues, amrValues), proof) !== undefined)
      expect(canMeetExternalMfa(asked(acrValues, amrValues))).toBe(some)
    }
  }
})
