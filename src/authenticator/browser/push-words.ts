import type { PushState } from './push.ts'
import type { TestOutcome } from './push-test.ts'
import { durationWords } from './time-words.ts'

const UNREACHABLE =
  'Your browser’s push service cannot be reached from here. Some browsers have none, and some networks block it.'

/** What stands under “Notifications”: the state in a word, and a sentence about it. */
export function stateWords(state: PushState, host: string): { state: string; sentence: string } {
  switch (state.is) {
    case 'unknown':
    case 'off':
      return { state: 'Off', sentence: 'To see who asks, you open this app yourself.' }
    case 'on':
      return { state: 'On', sentence: 'This phone tells you when you are asked.' }
    case 'denied':
      return {
        state: 'Blocked',
        sentence:
          'Your browser was told not to show them. To undo that, allow notifications in the browser’s settings for this site, or in the phone’s settings for this app. Then open this page again.',
      }
    case 'home-screen':
      return {
        state: 'Not possible here',
        sentence:
          'On an iPhone or iPad they come to an installed app alone. Add this page to the Home Screen, open it there, and add your account again by typing its code.',
      }
    case 'unsupported':
      return {
        state: 'Not possible here',
        sentence: 'This browser cannot receive them. Another browser may, in a normal window.',
      }
    case 'not-offered':
      return { state: 'Not possible here', sentence: `${host} sends none to browsers.` }
    case 'refused':
      return { state: 'Not on', sentence: state.sentence }
    case 'failed':
      return { state: 'Not on', sentence: failureWords(state.why, host) }
  }
}

function failureWords(why: 'push-service' | 'connection' | 'worker', host: string): string {
  if (why === 'push-service') return UNREACHABLE
  if (why === 'connection') return `${host} could not be reached. This is tried again by itself.`
  return 'Your browser did not start the part of this app that shows them. Close the app and open it again.'
}

export function testWords(outcome: TestOutcome, host: string): string {
  switch (outcome.is) {
    case 'sent':
      return 'Sent. A notification “This is a test” should appear now. If it does not, see whether this phone is set to silence them.'
    case 'ended':
      return 'Your browser’s subscription had ended and was renewed. Send the test once more.'
    case 'failed':
      return 'Not sent: the push service refused it or could not be reached. Try again later.'
    case 'lost':
      return `Not sent: ${host} could not be reached.`
    case 'wait':
      return `Too many tests. Try again in ${durationWords(outcome.seconds * 1000)}.`
    case 'refused':
      return outcome.sentence
  }
}
