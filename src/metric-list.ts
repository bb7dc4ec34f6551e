// Every figure that /metrics tells. docs/operating.md has the same table (test/metrics-doc.test.ts keeps the two alike).

/** One figure. Each label has few values, all of them ours: what a stranger sends never becomes one. */
type Row = {
  type: 'counter' | 'gauge' | 'histogram'
  labels: readonly string[]
  meaning: string
  /** Of a histogram, in seconds. */
  buckets?: readonly number[]
}

/** Ours, by their names behind `countersign_`. */
export const ownMetrics = {
  sign_ins_total: {
    type: 'counter',
    labels: ['phase', 'contract'],
    meaning: 'Sign-ins, by what they came to; `open`: opened',
  },
  prompt_to_decision_seconds: {
    type: 'histogram',
    labels: ['outcome'],
    meaning: 'From asking the phones to the decision of one: `approved`, `denied` or `reported`',
    // A prompt lives for 90 seconds.
    buckets: [1, 2, 3, 5, 8, 10, 15, 20, 30, 45, 60, 90],
  },
  open_waits: { type: 'gauge', labels: [], meaning: 'Browsers that wait for a decision now, by a stream' },
  hint_refusals_total: {
    type: 'counter',
    labels: ['code', 'contract'],
    meaning:
      'Requests of Entra that opened no sign-in, by the code of the refusal; contract `none`: refused before it was known whose they are',
  },
  pushes_total: {
    type: 'counter',
    labels: ['provider', 'purpose', 'result'],
    meaning: 'Pushes, by push service, purpose and result',
  },
  audit_deliveries_total: {
    type: 'counter',
    labels: ['kind', 'result'],
    meaning: 'Deliveries of the audit log to webhooks and syslog that were tried, by what became of them',
  },
  audit_webhook_oldest_undelivered_seconds: {
    type: 'gauge',
    labels: [],
    meaning: 'Age of the oldest audit record that a webhook did not get yet; left out when there is no webhook',
  },
  audit_syslog_oldest_undelivered_seconds: {
    type: 'gauge',
    labels: [],
    meaning: 'The same of syslog; left out when no receiver is configured',
  },
  audit_dead_letters: {
    type: 'gauge',
    labels: [],
    meaning: 'Audit records that a webhook did not take for good, and that nobody sent again or dropped',
  },
  http_request_seconds: {
    type: 'histogram',
    labels: ['door', 'method', 'status'],
    meaning: 'Requests answered, and how long they took. Waiting browsers are left out',
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
  },
  store_write_seconds: {
    type: 'histogram',
    labels: ['result'],
    meaning: 'Writes to the store, from the queue to being durable; `failed`: refused or given up',
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15],
  },
  store_read_seconds: {
    type: 'histogram',
    labels: ['result'],
    meaning: 'Reads from the store, each statement or query',
    buckets: [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5],
  },
  signing_key_age_seconds: {
    type: 'gauge',
    labels: [],
    meaning: 'How long the key that signs now has been signing',
  },
  signing_key_ends_seconds: {
    type: 'gauge',
    labels: [],
    meaning: 'Until the key that signs now is followed by another, as announced or planned',
  },
  signing_key_certificate_ends_seconds: {
    type: 'gauge',
    labels: [],
    meaning: 'Until the certificate of the key that signs now ends',
  },
  announced_key_signs_seconds: {
    type: 'gauge',
    labels: [],
    meaning: 'Until the announced key signs; left out when none is announced',
  },
  clock_skew_seconds: {
    type: 'gauge',
    labels: [],
    meaning: 'How far this clock is behind Microsoft’s at least (negative: ahead); left out when that was not measured',
  },
  ready: { type: 'gauge', labels: [], meaning: '1 when `/readyz` says ready, else 0' },
  log_lines_total: { type: 'counter', labels: ['level'], meaning: 'Lines of the log that are a `warn` or an `error`' },
} as const satisfies Readonly<Record<string, Row>>

/** What the library measures of the process, as far as it helps to run this one. */
export const processMetrics = {
  process_cpu_seconds_total: { type: 'counter', labels: [], meaning: 'Processor time used' },
  process_start_time_seconds: { type: 'gauge', labels: [], meaning: 'When the process began, in seconds since 1970' },
  process_resident_memory_bytes: { type: 'gauge', labels: [], meaning: 'Memory in use' },
  process_open_fds: { type: 'gauge', labels: [], meaning: 'Open files and connections (Linux)' },
  process_max_fds: { type: 'gauge', labels: [], meaning: 'How many of them may be open (Linux)' },
  nodejs_eventloop_lag_seconds: { type: 'gauge', labels: [], meaning: 'How late the event loop is at this moment' },
  nodejs_eventloop_lag_p99_seconds: {
    type: 'gauge',
    labels: [],
    meaning: 'How late it was at most in 99 of 100 turns since the last reading, the 10 ms between two looks included',
  },
  nodejs_eventloop_lag_max_seconds: { type: 'gauge', labels: [], meaning: 'The latest since the last reading' },
  nodejs_heap_size_used_bytes: { type: 'gauge', labels: [], meaning: 'Heap in use' },
  nodejs_heap_size_total_bytes: { type: 'gauge', labels: [], meaning: 'Heap taken from the system' },
  nodejs_external_memory_bytes: { type: 'gauge', labels: [], meaning: 'Memory outside the heap that it holds' },
  nodejs_gc_duration_seconds: { type: 'histogram', labels: ['kind'], meaning: 'Pauses to collect garbage' },
  nodejs_version_info: {
    type: 'gauge',
    labels: ['version', 'major', 'minor', 'patch'],
    meaning: 'Always 1; the labels say which Node.js',
  },
} as const satisfies Readonly<Record<string, Row>>
