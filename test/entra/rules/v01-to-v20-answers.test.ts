// What a strict Entra checks of an answer, held against the running service: whole sign-ins, in every cloud and by both
// contracts, judged by the simulator's twenty rules. That each rule refuses what is wrong: entra-simulator/judge-*.test.ts.
import { beforeAll, describe, expect, test } from '@jest/globals'
import { redirectPaths } from '../../entra-simulator/make-attempt.ts'
import type { RuleId } from '../../entra-simulator/rules.ts'
import { formOf } from '../../support/browser.ts'
import { everyDoor, openDoors, stranger } from './doors.ts'
import { approveSignIn, brokenRules, deliverTo, signIn, type WholeSignIn } from './whole-sign-in.ts'

const doors = openDoors()

/** Each rule, as our answer keeps it. A rule of the other contract, and of errors, does not apply. */
const kept: [rule: string, applies?: 'external-mfa' | 'custom-control'][] = [
  ['V1 carries an id_token'],
  ['V2 brings back the state of the request'],
  ['V3 is signed with RS256 by a published key'],
  ['V4 is signed by a key with its certificate, as all published keys are'],
  ['V5 names the configured issuer, to the character'],
  ['V6 comes from a provider whose discovery is as Entra demands'],
  ['V7 is meant for the client id'],
  ['V8 is about the subject of the hint'],
  ['V9 carries the nonce of the request'],
  ['V10 is valid now, and not for long'],
  ['V11 says one acr among those asked for', 'external-mfa'],
  ['V12 says one method, in a list of one, of another type than the password', 'external-mfa'],
  ['V13 was never sent before, nor was its nonce'],
  ['V14 comes within five minutes'],
  ['V15 is posted as a form to the redirect URI that was asked for'],
  ['V16 is signed by a key that was published before Entra last looked'],
  ['V17 says the claim of the control, with its value', 'custom-control'],
  ['V18 is of the application that the tenant consented to'],
  ['V19 is given where the method is switched on, as our templates have it'],
]

describe.each(everyDoor)('an answer to the cloud %s, by the contract %s', (cloud, contract) => {
  const door = doors.at(cloud)
  const leap = (seconds: number) => door.countersign.clock.leap(seconds * 1000)
  let done: WholeSignIn
  beforeAll(async () => {
    done = await signIn(door, contract)
  })
  const outcomeOf = (rule: string) => done.verdict.lines.find((line) => rule.startsWith(`${line.rule} `))

  test('is accepted, with no rule broken', () => {
    expect(brokenRules(done.verdict)).toEqual([])
    expect(done.verdict).toMatchObject({ accepted: true, message: 'Signed in.' })
  })

  test.each(kept)('%s', (rule, applies = contract) => {
    expect(outcomeOf(rule)?.outcome).toBe(applies === contract ? 'pass' : 'not-applicable')
  })

  describe('beyond what is in one token', () => {
    test('V2 brings back a state of any letters, and V9 a nonce', async () => {
      const { objectId: once } = stranger()
      const parameters = { state: `"><b>&amp;+%20 \u{1F511}'${once}`, nonce: `'"<n>&#39;ñ ${once}` }
      const { verdict, form } = await signIn(door, contract, { parameters })
      expect([form.fields.state, verdict.claim?.payload.nonce]).toEqual([parameters.state, parameters.nonce])
      expect(brokenRules(verdict)).toEqual([])
    })

    test('V8 tells whatever subject the hint names, never the object id', async () => {
      const person = stranger()
      const sub = `pairwise ${'s'.repeat(200)}`
      const { verdict } = await signIn(door, contract, { person, hint: { payload: { sub } } })
      expect(verdict.claim?.payload.sub).toBe(sub)
      expect(JSON.stringify(verdict.claim)).not.toContain(person.objectId)
      expect(brokenRules(verdict)).toEqual([])
    })

    test('V13 is given once: asked for again there is no token, and an error neither', async () => {
      const { browser, page } = done
      for (const action of ['answer', 'give-up']) {
        const again = await browser.submit(page, action)
        expect([action, again.text.includes('id_token'), again.text.includes('temporarily')]).toEqual([
          action,
          false,
          false,
        ])
      }
      const stolen = await deliverTo(done, done.form)
      expect(brokenRules(stolen)).toEqual([expect.stringMatching(/^V13/)])
    })

    test('V14 comes at the last moment of four minutes, and never after', async () => {
      const justInTime = await approveSignIn(door, contract)
      leap(230)
      const form = formOf(await justInTime.browser.submit(justInTime.page, 'answer'))
      expect(brokenRules(await deliverTo(justInTime, form))).toEqual([])

      const late = await approveSignIn(door, contract)
      leap(241)
      expect((await late.browser.submit(late.page, 'answer')).text).not.toContain('id_token')
    })

    test('V15 goes to this contract’s address in this cloud, whatever cloud shares the service', () => {
      expect(done.form.action).toBe(door.entra.authority + redirectPaths[contract])
      const minimal = contract === 'external-mfa' ? [] : ['expires_in', 'scope', 'token_type']
      expect(Object.keys(done.form.fields).sort()).toEqual([...minimal, 'id_token', 'state'].sort())
    })

    test('V15 and V7 is accepted by no other cloud', async () => {
      for (const other of doors.others(door)) {
        const attempt = await other.begin(contract)
        const verdict = await other.entra.receive(contract, { ...done.form.fields, state: attempt.state })
        expect(verdict.accepted).toBe(false)
        const broken = brokenRules(verdict).map((found) => found.split(':')[0])
        expect(broken).toEqual(expect.arrayContaining(['V5', 'V7', 'V8', 'V9'] satisfies RuleId[]))
      }
    })

    test('V20 an error comes without a token, with the state, and is the refusal that Entra shows', async () => {
      const attempt = await door.begin(contract)
      const { page, browser } = await door.send(String(new URLSearchParams(attempt.parameters)))
      const form = formOf(await browser.submit(page, 'give-up'))
      const verdict = await deliverTo({ ...done, attempt }, form)
      expect(brokenRules(verdict)).toEqual([])
      expect(verdict).toMatchObject({ accepted: false, error: 'access_denied' })
      expect(verdict.lines.find(({ rule }) => rule === 'V20')?.outcome).toBe('pass')
    })
  })

  describe('to the same person again', () => {
    test('a first-ever visit enrols, as self-registration needs, and a repeat visit asks the phone at once', async () => {
      const person = stranger()
      const first = await signIn(door, contract, { person })
      const again = await signIn(door, contract, { person }, first.phone)
      const other = contract === 'external-mfa' ? 'custom-control' : 'external-mfa'
      const byTheOther = await signIn(door, other, { person }, first.phone)
      for (const { verdict } of [first, again, byTheOther]) expect(brokenRules(verdict)).toEqual([])
    })

    test('a guest is known, whatever address their own tenant gave them', async () => {
      const person = { ...stranger(), username: 'guest@hotmail.example', guest: true }
      const first = await signIn(door, contract, { person })
      expect(brokenRules(first.verdict)).toEqual([])
      const moved = { ...person, username: 'guest_hotmail.example#EXT#@contoso.example', name: 'Now married' }
      expect(brokenRules((await signIn(door, contract, { person: moved }, first.phone)).verdict)).toEqual([])
    })

    test('R12 the same person is the same tenant and object id: neither name nor subject, nor an object id elsewhere', async () => {
      const person = stranger()
      const { phone } = await signIn(door, contract, { person })
      const renamed = {
        person: { ...person, username: 'other@contoso.example' },
        hint: { payload: { sub: 'another' } },
      }
      const answered = await signIn(door, contract, renamed, phone)
      expect(answered.verdict.claim?.payload.sub).toBe('another')

      // Each begins as a stranger, with a ticket: signIn expects it.
      const namesake = { ...person, objectId: stranger().objectId }
      await approveSignIn(door, contract, { person: namesake })
      for (const elsewhere of doors.others(door)) await approveSignIn(elsewhere, contract, { person })
    })
  })
})

describe('a key that takes over', () => {
  test('V16 signs two days after it was announced, and every cloud has it by then', async () => {
    const { clock, service } = doors.at('local').countersign
    const kids = async () => {
      const signed = new Set<unknown>()
      for (const [cloud, contract] of everyDoor) {
        const { verdict } = await signIn(doors.at(cloud), contract)
        expect(brokenRules(verdict)).toEqual([])
        signed.add(verdict.claim?.header.kid)
      }
      return signed
    }
    // The service is there all the while, and sees to its keys: time in which nobody did would not count.
    const pass = async (hours: number) => {
      for (let half = 0; half < 2 * hours; half++) {
        clock.leap(1_800_000)
        await service.capabilities.keys.tend()
      }
    }
    const before = await kids()
    const announced = await service.capabilities.keys.announce('command-line')
    expect(await kids()).toEqual(before)
    // Entra looks once in 24 hours: the copy of each cloud is as old as it may be when the new key begins to sign.
    await pass(25)
    expect(await kids()).toEqual(before)
    await pass(23)
    expect(await kids()).toEqual(new Set([announced?.kid]))
    await pass(50)
    expect(await kids()).toEqual(new Set([announced?.kid]))
  })
})
