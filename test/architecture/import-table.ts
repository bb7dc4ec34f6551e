// Who may import whom: doors know HTTP and no database, capabilities know neither, the ground knows no business.

/**
 * For each place below src/ (a folder, a folder in it, or a file): what it may import beside its own folder.
 * `type x` allows types only; `x/y.ts` that one file; `*` everything.
 */
export const table: Readonly<Record<string, readonly string[]>> = {
  // Ground
  base: [],
  http: ['base'],
  store: [
    'base',
    // The ports and what they carry: a store holds no business.
    ...['audit', 'integrations', 'keys', 'devices', 'push', 'signin', 'administrators', 'forwarding'].map(
      (capability) => `type ${capability}`,
    ),
    // The closed list of phases, that no engine has another one.
    'signin/phases.ts',
  ],

  // Capabilities
  audit: ['base'],
  integrations: ['base', 'audit'],
  keys: ['base', 'audit'],
  devices: ['base', 'audit'],
  push: ['base', 'audit'],
  administrators: ['base', 'audit'],
  forwarding: ['base', 'audit'],
  // Neither keys nor integrations: it proves a person, it does not speak for us.
  signin: ['devices', 'push', 'audit', 'base'],

  // Doors
  // The waiting page shows the ticket, which only the browser's secret gives: that one file of devices, and no device.
  entra: ['signin', 'keys', 'integrations', 'audit', 'http', 'base', 'devices/ticket.ts'],
  'entra/browser': [],
  // Not keys: no request of a phone can reach the signing key.
  'device-api': ['signin', 'devices', 'push', 'audit', 'http', 'base'],
  admin: ['administrators', 'integrations', 'devices', 'keys', 'push', 'audit', 'forwarding', 'signin', 'http', 'base'],
  'admin/browser': [],
  authenticator: ['http', 'base'],
  'authenticator/browser': ['type device-api/contract.ts'],
  // What runs in the page and in its service worker alike: files that know no document.
  'authenticator/worker': [
    'type device-api/contract.ts',
    'authenticator/browser/account-store.ts',
    'authenticator/browser/device-client.ts',
    'authenticator/browser/in-time.ts',
    'type authenticator/browser/notification-data.ts',
    'authenticator/browser/notifications.ts',
    'authenticator/browser/push-subscription.ts',
  ],

  // The process
  'service.ts': ['*'],
  // No door: a command needs none, and starts the sooner.
  'capabilities.ts': [
    ...['base', 'audit', 'administrators', 'devices', 'forwarding', 'integrations', 'keys', 'signin', 'store'],
    ...['type config.ts', 'type push', 'type entra'],
  ],
  // One document of both APIs.
  // What is measured, and how each figure comes about: types of what it measures, and the closed lists of labels.
  'metric-list.ts': [],
  'measured.ts': [
    ...['metric-list.ts', 'http/metrics.ts', 'integrations/integration.ts', 'signin/phases.ts'],
    ...['type base', 'type forwarding', 'type keys', 'type push', 'type signin', 'type store'],
  ],
  'openapi.ts': ['device-api/openapi.ts', 'admin/api/openapi.ts'],
  'app.ts': ['service.ts', 'http', 'type base'],
  // What stands in the file of the service account is said at the start, with every other mistake.
  'config-variables.ts': [],
  'config-hosts.ts': ['type config-variables.ts'],
  'settings-shown.ts': ['type config.ts', 'config-variables.ts'],
  // A file of credentials is read when it is configured, so that all mistakes are reported together.
  'config.ts': ['config-variables.ts', 'config-hosts.ts', 'type base', 'push/fcm-credentials.ts'],
  // What stops a start with a plain sentence is told by its class.
  'main.ts': [
    'service.ts',
    'capabilities.ts',
    'config.ts',
    'base/start-refused.ts',
    'http/last-answers.ts',
    'http/close-port.ts',
  ],
  'cli.ts': ['capabilities.ts', 'config.ts', 'base/refusal.ts', 'base/start-refused.ts', 'command-line'],
  // The commands of cli.ts: an administrator's acts on the capabilities that service.ts built. It names the issuer as entra does.
  'command-line': [
    ...['type capabilities.ts', 'type config.ts', 'base', 'integrations', 'audit', 'devices', 'keys', 'administrators'],
    'forwarding',
  ],
}

export const doors = ['entra', 'device-api', 'authenticator', 'admin']
export const capabilities = [
  'signin',
  'devices',
  'push',
  'keys',
  'integrations',
  'administrators',
  'forwarding',
  'audit',
]
