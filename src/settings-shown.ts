// What config.ts resolved, for the administrator's eyes: every variable with what it came to, and no secret.
import type { Config } from './config.ts'
import { type VariableName, variables } from './config-variables.ts'

/** One setting. Of a secret, `value` says only whether there is one. */
export type ShownSetting = { name: string; meaning: string; value: string; isDefault: boolean; secret: boolean }

const DAY = 24 * 3_600_000

const SECRET = Symbol('secret')
type Value = string | number | null | readonly string[] | typeof SECRET

/** Where each variable's value is. A variable that is new must say here whether it is a secret. */
const values: Readonly<Record<VariableName, (config: Config) => Value>> = {
  COUNTERSIGN_PUBLIC_URL: ({ publicUrl }) => publicUrl,
  COUNTERSIGN_HOST: ({ host }) => host,
  COUNTERSIGN_PORT: ({ port }) => port,
  COUNTERSIGN_DATA_DIR: ({ dataDir }) => dataDir,
  COUNTERSIGN_COMMAND: ({ command }) => command,
  // Its password may be in it.
  COUNTERSIGN_MONGODB_URI: () => SECRET,
  COUNTERSIGN_MASTER_KEY: () => SECRET,
  COUNTERSIGN_MASTER_KEY_FILE: () => SECRET,
  COUNTERSIGN_MASTER_KEY_PREVIOUS: () => SECRET,
  COUNTERSIGN_MASTER_KEY_PREVIOUS_FILE: () => SECRET,
  COUNTERSIGN_KEY_ROTATION_DAYS: ({ keyRotation }) => keyRotation / DAY,
  COUNTERSIGN_ENTRA_AUTHORITY: ({ localAuthority }) => localAuthority,
  COUNTERSIGN_TRUST_PROXY: ({ trustProxy }) => trustProxy,
  COUNTERSIGN_HINT_MAX_AGE: ({ hintMaxAge }) => hintMaxAge / 1000,
  COUNTERSIGN_FOREIGN_KEYS: ({ foreignKeys }) => foreignKeys,
  COUNTERSIGN_VAPID_PRIVATE_KEY: () => SECRET,
  COUNTERSIGN_VAPID_SUBJECT: ({ vapidSubject }) => vapidSubject,
  COUNTERSIGN_PUSH_TRUSTED_HOSTS: ({ pushTrustedHosts }) => pushTrustedHosts,
  COUNTERSIGN_FCM_CREDENTIALS_FILE: ({ fcmCredentialsFile }) => fcmCredentialsFile,
  COUNTERSIGN_WEBHOOK_TRUSTED_HOSTS: ({ webhookTrustedHosts }) => webhookTrustedHosts,
  COUNTERSIGN_SYSLOG_URL: ({ syslog }) => syslog && `syslog+tls://${syslog.host}:${syslog.port}`,
  COUNTERSIGN_SYSLOG_CA_FILE: ({ syslog }) => syslog?.caFile ?? null,
  COUNTERSIGN_METRICS_TOKEN: () => SECRET,
  COUNTERSIGN_GEO_DATABASE: ({ geoDatabase }) => geoDatabase,
  COUNTERSIGN_LOG_LEVEL: ({ logLevel }) => logLevel,
}

const wordsOf = (value: Value, isSet: boolean): string => {
  if (value === SECRET) return isSet ? 'set' : 'not set'
  if (Array.isArray(value)) return value.join(', ') || 'none'
  return value === null ? 'none' : String(value)
}

export const settingsShown = (config: Config): ShownSetting[] =>
  variables.map(({ name, meaning }) => {
    const isSet = config.given.includes(name)
    const value = values[name](config)
    return { name, meaning, value: wordsOf(value, isSet), isDefault: !isSet, secret: value === SECRET }
  })
