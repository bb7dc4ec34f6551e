/** What a notification of ours carries. `until` is on a prompt's alone: when its time is over, by this phone's clock. */
export type NotificationData = { kind: 'prompt' | 'over' | 'test' | 'unreadable'; tag?: string; until?: number }

/** What the worker says to the app's windows: somebody is asked, or a notification was tapped. */
export type WorkerMessage = { say: 'asked' } | { say: 'open'; signInId: string }
