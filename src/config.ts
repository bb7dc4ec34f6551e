// The environment, read once, into one frozen object. All mistakes are reported together.
import { accessSync, constants, readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { resolve } from 'node:path'
import type { LogLevel } from './base/log.ts'
import { readHosts, readSyslog, type Syslog } from './config-hosts.ts'
import { type VariableName, variables } from './config-variables.ts'
import { faultOfCredentials } from './push/fcm-credentials.ts'

export type Config = {
  production: boolean
  publicUrl: string
  https: boolean
  host: string
  port: number
  dataDir: string
  /** How the command line is called here. */
  command: string
  /** null: the embedded store, in the data directory. */
  mongodbUri: string | null
  /** null: one is made in the data directory at a first run outside production. */
  masterKey: Buffer | null
  /** The master key before this one: what it sealed is sealed anew at start. null: nothing is to be. */
  previousMasterKey: Buffer | null
  /** How long a signing key signs, in milliseconds. */
  keyRotation: number
  /** The authority of the `local` cloud; null where only the public clouds are served. */
  localAuthority: string | null
  trustProxy: number | string[]
  hintMaxAge: number
  foreignKeys: 'refuse' | 'log'
  geoDatabase: string | null
  /** null: made at the first start, and kept sealed in the store. */
  vapidKey: string | null
  vapidSubject: string
  pushTrustedHosts: string[]
  /** null: native apps are not woken. */
  fcmCredentialsFile: string | null
  webhookTrustedHosts: string[]
  /** null: there is no syslog receiver. */
  syslog: Syslog | null
  /** null: nothing is measured. */
  metricsToken: string | null
  logLevel: LogLevel
  /** The variables that say something; every other setting has its default. */
  given: readonly VariableName[]
}

type Name = VariableName
type Environment = Readonly<Record<string, string | undefined>>

/** Every mistake of a configuration, each with the variable's name and what it wants. */
export class ConfigMistakes extends Error {
  readonly mistakes: readonly string[]
  constructor(mistakes: readonly string[]) {
    super(mistakes.join('\n'))
    this.mistakes = mistakes
  }
}

/** The environment of this process. The only place that reads it. */
export const processEnvironment = (): Environment => process.env

const DAY = 24 * 3_600_000

const LOOPBACK = ['localhost', '127.0.0.1', '[::1]']

/**
 * Reads a configuration. Throws ConfigMistakes with all that is wrong at once. `needs` says what may be left out by whoever has
 * no use for it.
 */
export function readConfig(environment: Environment, needs: { masterKey: boolean } = { masterKey: true }): Config {
  const mistakes: string[] = []
  const wrong = (name: Name, wants: string): void => void mistakes.push(`${name}: ${wants}`)
  const value = (name: Name): string | undefined => environment[name] || undefined
  const production = environment.NODE_ENV === 'production'

  for (const name of Object.keys(environment)) {
    if (name.startsWith('COUNTERSIGN_') && !variables.some((variable) => variable.name === name)) {
      mistakes.push(`${name}: there is no such setting. See the table in the README.`)
    }
  }

  function url(name: Name, fallback: string | null): URL | null {
    const text = value(name) ?? fallback
    if (text === null) return null
    const parsed = URL.parse(text)
    if (!parsed || !['http:', 'https:'].includes(parsed.protocol)) wrong(name, 'must be an http or https URL')
    else if (parsed.pathname !== '/' || parsed.search || parsed.hash || parsed.username || parsed.password)
      wrong(name, 'must have no path, query, fragment or user')
    else if (parsed.protocol === 'http:' && !LOOPBACK.includes(parsed.hostname)) {
      wrong(name, 'must be https, unless its host is localhost, 127.0.0.1 or [::1]')
    } else return parsed
    return null
  }

  function integer(name: Name, fallback: number, smallest: number, largest: number): number {
    const text = value(name)
    if (text === undefined) return fallback
    const number = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN
    if (number >= smallest && number <= largest) return number
    wrong(name, `must be a whole number from ${smallest} to ${largest}`)
    return fallback
  }

  const publicUrl = url('COUNTERSIGN_PUBLIC_URL', 'http://localhost:8080')
  if (production && publicUrl && publicUrl.protocol !== 'https:')
    wrong('COUNTERSIGN_PUBLIC_URL', 'must be https when NODE_ENV=production')
  const authority = url('COUNTERSIGN_ENTRA_AUTHORITY', null)
  if (production && value('COUNTERSIGN_ENTRA_AUTHORITY')) {
    wrong('COUNTERSIGN_ENTRA_AUTHORITY', 'is for simulators, and is refused when NODE_ENV=production')
  }

  const mongodbUri = value('COUNTERSIGN_MONGODB_URI') ?? null
  // Not repeated in the message: it may hold a password.
  if (mongodbUri && !/^mongodb(\+srv)?:\/\/[^\s/]+\/[^\s/?.$]+(\?\S*)?$/.test(mongodbUri))
    wrong(
      'COUNTERSIGN_MONGODB_URI',
      'must look like mongodb://host1,host2/countersign?replicaSet=name, and name a database',
    )

  const masterKey = readMasterKey(value, wrong, 'COUNTERSIGN_MASTER_KEY')
  const hasMasterKey = Boolean(value('COUNTERSIGN_MASTER_KEY') || value('COUNTERSIGN_MASTER_KEY_FILE'))
  if (needs.masterKey && mongodbUri && !production && !hasMasterKey)
    wrong('COUNTERSIGN_MASTER_KEY', 'must be given with COUNTERSIGN_MONGODB_URI: every node needs the same one')
  if (needs.masterKey && production && !hasMasterKey) {
    wrong('COUNTERSIGN_MASTER_KEY', 'must be given when NODE_ENV=production, here or as COUNTERSIGN_MASTER_KEY_FILE')
  }
  const previousMasterKey = readMasterKey(value, wrong, 'COUNTERSIGN_MASTER_KEY_PREVIOUS')
  if (previousMasterKey && !hasMasterKey)
    wrong('COUNTERSIGN_MASTER_KEY_PREVIOUS', 'is the old one: give the new one too, as COUNTERSIGN_MASTER_KEY')
  if (previousMasterKey && masterKey?.equals(previousMasterKey))
    wrong('COUNTERSIGN_MASTER_KEY_PREVIOUS', 'is the same as the master key: give the one before it, or none')

  const trustProxy = readTrustProxy(value('COUNTERSIGN_TRUST_PROXY'))
  if (trustProxy === null)
    wrong('COUNTERSIGN_TRUST_PROXY', 'must be a number from 0 to 9, or IP addresses or ranges separated by commas')

  const host = value('COUNTERSIGN_HOST') ?? '127.0.0.1'
  if (isIP(host) === 0 && host !== 'localhost') wrong('COUNTERSIGN_HOST', 'must be an IP address or localhost')

  const command = value('COUNTERSIGN_COMMAND') ?? 'npm run -s countersign --'
  if (!/^[\x20-\x7e]{1,100}$/.test(command))
    wrong('COUNTERSIGN_COMMAND', 'must be the words that call the command line, at most 100 characters')

  const geoDatabase = value('COUNTERSIGN_GEO_DATABASE') ?? null
  if (geoDatabase) {
    try {
      accessSync(geoDatabase, constants.R_OK)
    } catch (error) {
      wrong('COUNTERSIGN_GEO_DATABASE', `cannot be read (${(error as NodeJS.ErrnoException).code})`)
    }
  }
  const foreignKeys = value('COUNTERSIGN_FOREIGN_KEYS') ?? 'refuse'
  if (foreignKeys !== 'refuse' && foreignKeys !== 'log') wrong('COUNTERSIGN_FOREIGN_KEYS', 'must be refuse or log')

  const metricsToken = value('COUNTERSIGN_METRICS_TOKEN') ?? null
  if (metricsToken && !/^[\x21-\x7e]{32,256}$/.test(metricsToken))
    wrong('COUNTERSIGN_METRICS_TOKEN', 'must have 32 to 256 characters, without spaces (openssl rand -hex 32)')
  const vapidKey = value('COUNTERSIGN_VAPID_PRIVATE_KEY') ?? null
  if (vapidKey && !/^[A-Za-z0-9_-]{43}=?$/.test(vapidKey))
    wrong('COUNTERSIGN_VAPID_PRIVATE_KEY', 'must be 32 bytes as base64url')
  // Apple refuses tokens whose subject names localhost.
  const nobody = 'mailto:countersign@example.com'
  const vapidSubject =
    value('COUNTERSIGN_VAPID_SUBJECT') ?? (publicUrl?.protocol === 'https:' ? publicUrl.origin : nobody)
  if (!/^(mailto:[^@\s]+@[^@\s]+|https:\/\/\S+)$/.test(vapidSubject))
    wrong('COUNTERSIGN_VAPID_SUBJECT', 'must be a mailto: address or an https URL')
  const pushTrustedHosts = readHosts(value, wrong, 'COUNTERSIGN_PUSH_TRUSTED_HOSTS')
  const webhookTrustedHosts = readHosts(value, wrong, 'COUNTERSIGN_WEBHOOK_TRUSTED_HOSTS')
  const syslog = readSyslog(value, wrong)

  const fcmCredentialsFile = value('COUNTERSIGN_FCM_CREDENTIALS_FILE') ?? null
  const fcmFault = fcmCredentialsFile && faultOfCredentials(fcmCredentialsFile)
  if (fcmFault) wrong('COUNTERSIGN_FCM_CREDENTIALS_FILE', fcmFault)

  const logLevel = value('COUNTERSIGN_LOG_LEVEL') ?? 'info'
  if (!['silent', 'error', 'warn', 'info'].includes(logLevel))
    wrong('COUNTERSIGN_LOG_LEVEL', 'must be info, warn, error or silent')

  const config: Config = {
    production,
    publicUrl: publicUrl?.origin ?? '',
    https: publicUrl?.protocol === 'https:',
    host,
    port: integer('COUNTERSIGN_PORT', 8080, 0, 65_535),
    dataDir: resolve(value('COUNTERSIGN_DATA_DIR') ?? './data'),
    command,
    mongodbUri,
    masterKey,
    previousMasterKey,
    // The longest leaves a key's certificate, good for two years, time for a service that was down for months.
    keyRotation: integer('COUNTERSIGN_KEY_ROTATION_DAYS', 90, 7, 365) * DAY,
    localAuthority: authority?.origin ?? null,
    trustProxy: trustProxy ?? 0,
    hintMaxAge: integer('COUNTERSIGN_HINT_MAX_AGE', 600, 60, 3600) * 1000,
    foreignKeys: foreignKeys === 'log' ? 'log' : 'refuse',
    geoDatabase,
    vapidKey,
    vapidSubject,
    pushTrustedHosts,
    fcmCredentialsFile,
    webhookTrustedHosts,
    syslog,
    metricsToken,
    logLevel: logLevel as LogLevel,
    given: variables.map(({ name }) => name).filter((name) => value(name) !== undefined),
  }
  if (mistakes.length > 0) throw new ConfigMistakes(mistakes)
  return Object.freeze(config)
}

function readMasterKey(
  value: (name: Name) => string | undefined,
  wrong: (name: Name, wants: string) => void,
  name: 'COUNTERSIGN_MASTER_KEY' | 'COUNTERSIGN_MASTER_KEY_PREVIOUS',
): Buffer | null {
  const inFile = `${name}_FILE` as const
  const given = value(name)
  const file = value(inFile)
  if (given && file) wrong(name, `and ${inFile} are both given: give one`)
  if (given) {
    const key = parseMasterKey(given)
    if (!key) wrong(name, 'must be 32 bytes, as base64 or hex (openssl rand -base64 32)')
    return key
  }
  if (!file) return null
  try {
    const key = parseMasterKey(readFileSync(file, 'utf8'))
    if (!key) wrong(inFile, 'must hold 32 bytes, as base64 or hex (openssl rand -base64 32)')
    return key
  } catch (error) {
    wrong(inFile, `cannot be read (${(error as NodeJS.ErrnoException).code})`)
    return null
  }
}

/** 32 bytes from their base64, base64url or hex; null when it is none of them. */
export function parseMasterKey(text: string): Buffer | null {
  const trimmed = text.trim()
  if (/^[0-9a-fA-F]{64}$/.test(trimmed)) return Buffer.from(trimmed, 'hex')
  if (!/^[A-Za-z0-9+/_-]{43}=?$/.test(trimmed)) return null
  return Buffer.from(trimmed, 'base64')
}

function readTrustProxy(text: string | undefined): number | string[] | null {
  if (text === undefined) return 0
  if (/^\d$/.test(text)) return Number(text)
  const addresses = text.split(',').map((part) => part.trim())
  const fits = addresses.every((part) => {
    const [address = '', bits, more] = part.split('/')
    const family = isIP(address)
    if (family === 0 || more !== undefined) return false
    if (bits === undefined) return true
    // A range of everything would let any client invent its address. `::ffff:0:0/96` is one: all of IPv4, mapped.
    const isRange = /^\d{1,3}$/.test(bits) && Number(bits) >= 8 && Number(bits) <= (family === 4 ? 32 : 128)
    return isRange && (family === 4 || Number.parseInt(address, 16) > 0)
  })
  return fits ? addresses : null
}
