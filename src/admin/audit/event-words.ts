import type { AuditEvent, AuditEventType } from '../../audit/events.ts'
import { administrationEventWords } from './administration-event-words.ts'
import { forwardingEventWords } from './forwarding-event-words.ts'
import { signInEventWords } from './sign-in-event-words.ts'
import type { Tone, WordsOf, WordsTable } from './words-of.ts'

/** Every type of event has its words: a new one does not compile without. */
const table: Readonly<Record<AuditEventType, WordsOf<never>>> = {
  ...signInEventWords,
  ...administrationEventWords,
  ...forwardingEventWords,
} satisfies WordsTable

export type EventWords = { title: string; detail: string; tone: Tone | null }

/** What happened, for people. `detail` is empty where the title says it all. */
export function eventWords(event: AuditEvent): EventWords {
  const { title, detail, tone = null } = table[event.type]
  // Whoever keeps the table to its type knows that these words are for this event.
  return { title, detail: detail?.(event as never) ?? '', tone }
}

/** The types, by what they are about and in the order in which they are explained, for who chooses one. */
export const eventTypes: readonly { about: string; types: { type: AuditEventType; title: string }[] }[] = [
  { about: 'People and sign-ins', words: signInEventWords },
  { about: 'Administration', words: administrationEventWords },
  { about: 'Where this log is forwarded', words: forwardingEventWords },
].map(({ about, words }) => ({
  about,
  types: Object.entries<{ title: string }>(words).map(([type, { title }]) => ({ type: type as AuditEventType, title })),
}))
