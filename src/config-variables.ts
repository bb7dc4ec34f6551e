// Every setting there is. A variable of the environment that begins like ours and is not in this list is refused.

/** One variable: what the README's table says of it (test/readme.test.ts keeps the table true). */
type Variable = { name: string; meaning: string; default: string }

export const variables = [
  {
    name: 'COUNTERSIGN_PUBLIC_URL',
    meaning: 'Where browsers and phones reach Countersign. https, or http on a loopback host; no path.',
    default: '`http://localhost:8080`',
  },
  { name: 'COUNTERSIGN_HOST', meaning: 'The address to listen on.', default: '`127.0.0.1`' },
  { name: 'COUNTERSIGN_PORT', meaning: 'The port to listen on, 0 to 65535 (0: any free one).', default: '`8080`' },
  { name: 'COUNTERSIGN_DATA_DIR', meaning: 'Where the embedded store is kept.', default: '`./data`' },
  {
    name: 'COUNTERSIGN_COMMAND',
    meaning:
      'How the command line is called here, for the sentences that name a command. The image sets `countersign`.',
    default: '`npm run -s countersign --`',
  },
  {
    name: 'COUNTERSIGN_MONGODB_URI',
    meaning:
      'Keeps everything in this MongoDB (6.0 or later, a replica set) in the place of the embedded store, so that several nodes can serve: `mongodb://host1,host2,host3/countersign?replicaSet=…`.',
    default: 'none: the embedded store',
  },
  {
    name: 'COUNTERSIGN_MASTER_KEY',
    meaning:
      'The key that seals secrets at rest: 32 bytes, base64 or hex. Required in production and with MongoDB (or the next one).',
    default: 'made in the data directory',
  },
  { name: 'COUNTERSIGN_MASTER_KEY_FILE', meaning: 'A file that holds the master key instead.', default: 'none' },
  {
    name: 'COUNTERSIGN_MASTER_KEY_PREVIOUS',
    meaning:
      'The master key before this one, while you change it: at start everything that it sealed is sealed anew. Take it away after that start.',
    default: 'none',
  },
  {
    name: 'COUNTERSIGN_MASTER_KEY_PREVIOUS_FILE',
    meaning: 'A file that holds the previous master key instead.',
    default: 'none',
  },
  {
    name: 'COUNTERSIGN_KEY_ROTATION_DAYS',
    meaning:
      'For how many days a signing key signs (7 to 365). The next one is announced two days before, by the service itself.',
    default: '`90`',
  },
  {
    name: 'COUNTERSIGN_ENTRA_AUTHORITY',
    meaning: 'Adds the cloud `local`: the base URL of a simulator (http on loopback only). Refused in production.',
    default: 'none: the three public clouds',
  },
  {
    name: 'COUNTERSIGN_TRUST_PROXY',
    meaning: 'How many reverse proxies stand in front (1 to 9), or their addresses, separated by commas. Never “all”.',
    default: '`0`: none',
  },
  {
    name: 'COUNTERSIGN_HINT_MAX_AGE',
    meaning: 'How old Entra’s hint may be when it arrives, in seconds (60 to 3600): it waits while the person dawdles.',
    default: '`600`',
  },
  {
    name: 'COUNTERSIGN_FOREIGN_KEYS',
    meaning:
      'What becomes of a hint signed with a key that Entra publishes for another tenant: `refuse`, or only `log` it (if Entra should ever publish yours that way).',
    default: '`refuse`',
  },
  {
    name: 'COUNTERSIGN_VAPID_PRIVATE_KEY',
    meaning:
      'The key by which push services know this service: 32 bytes, base64url. With another one, every phone subscribes again when its app is next opened.',
    default: 'made at the first start, kept sealed in the store',
  },
  {
    name: 'COUNTERSIGN_VAPID_SUBJECT',
    meaning: 'Whom a push service writes to about our pushes: a `mailto:` address or an https URL (RFC 8292).',
    default: 'the public URL, if it is https',
  },
  {
    name: 'COUNTERSIGN_PUSH_TRUSTED_HOSTS',
    meaning:
      'Hosts of push services of your own, separated by commas: they may have private addresses and any port. Pushes to other hosts go to the public internet only.',
    default: 'none',
  },
  {
    name: 'COUNTERSIGN_FCM_CREDENTIALS_FILE',
    meaning:
      'The key file (JSON) of a Google service account that may send by Firebase Cloud Messaging, to wake native apps.',
    default: 'none: only browsers are woken',
  },
  {
    name: 'COUNTERSIGN_WEBHOOK_TRUSTED_HOSTS',
    meaning:
      'Hosts of your own that webhooks of the audit log may go to, separated by commas: they may have private addresses. Webhooks to other hosts go to the public internet only.',
    default: 'none',
  },
  {
    name: 'COUNTERSIGN_SYSLOG_URL',
    meaning:
      'Sends the audit log to this syslog receiver, over TLS (RFC 5425), as CEF: `syslog+tls://host:6514`. It gets what is recorded from its first configuration on.',
    default: 'none',
  },
  {
    name: 'COUNTERSIGN_SYSLOG_CA_FILE',
    meaning: 'The authorities (PEM) that the syslog receiver’s certificate is verified by, and no other.',
    default: 'those that Node.js trusts',
  },
  {
    name: 'COUNTERSIGN_METRICS_TOKEN',
    meaning:
      'Switches `/metrics` on, for whoever shows this token (`Authorization: Bearer`): at least 32 characters (openssl rand -hex 32).',
    default: 'none: there is no `/metrics`',
  },
  {
    name: 'COUNTERSIGN_GEO_DATABASE',
    meaning: 'A database in MaxMind’s format, to show a coarse place beside an address.',
    default: 'none: no place is shown',
  },
  { name: 'COUNTERSIGN_LOG_LEVEL', meaning: '`info`, `warn`, `error` or `silent`.', default: '`info`' },
] as const satisfies readonly Variable[]

export type VariableName = (typeof variables)[number]['name']
