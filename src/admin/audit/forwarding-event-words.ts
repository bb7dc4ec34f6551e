// What happens to where the audit log is forwarded, in plain words.
import type { WordsTable } from './words-of.ts'

const to = ({ receiver }: { receiver: string }): string => `To ${receiver}.`

export const forwardingEventWords = {
  'webhook.created': {
    title: 'A webhook was made',
    detail: ({ receiver, events }) => `To ${receiver}, for ${events === 'all' ? 'every event' : events}.`,
    tone: 'caution',
  },
  'webhook.removed': { title: 'A webhook was removed', detail: to, tone: 'caution' },
  'webhook.secret-rotated': { title: 'A webhook was given a new secret', detail: to },
  'webhook.turned-on': { title: 'A webhook was turned on', detail: to },
  'webhook.turned-off': {
    title: 'A webhook was turned off',
    detail: ({ receiver, reason }) => `To ${receiver}: ${reason}.`,
    tone: 'caution',
  },
  'webhook.tested': { title: 'A webhook was tested', detail: ({ receiver, result }) => `To ${receiver}: ${result}.` },
  'webhook.letters-resent': {
    title: 'Dead letters of a webhook are sent again',
    detail: ({ receiver, which }) => `To ${receiver}: ${which}.`,
  },
  'webhook.letters-dropped': {
    title: 'Dead letters of a webhook were dropped',
    detail: ({ receiver, which }) => `To ${receiver}: ${which}.`,
    tone: 'caution',
  },
  'syslog.begun': { title: 'The audit log is sent to a syslog receiver', detail: to },
} satisfies Partial<WordsTable>
