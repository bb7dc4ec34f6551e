// A desktop that notifications appear on: a message bus of its own (dbus-daemon) with a daemon that keeps what it is asked to show.
// https://specifications.freedesktop.org/notification-spec/1.2/ TEST USAGE ONLY.
//
//   const desktop = await startNotifications(dbusDaemon)      the program's path
//   a browser started with DBUS_SESSION_BUS_ADDRESS=desktop.address shows its notifications there
//   const shown = await desktop.shown.next()                  title, body, actions' labels
//   desktop.click(shown)                                      the notification itself
//   desktop.click(shown, 'Approve')                           one of its buttons
//   desktop.dismiss(shown)
//   await desktop.closed.next()                               the id of one that the browser took back
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import dbus from 'dbus-native'
import { createJournal, type Journal } from './journal.ts'

export type Shown = {
  id: number
  title: string
  body: string
  /** What can be clicked: the key that the browser gave, and the label that people see. */
  actions: { key: string; label: string }[]
}

export type Notifications = {
  /** For DBUS_SESSION_BUS_ADDRESS. */
  readonly address: string
  readonly shown: Journal<Shown>
  /** The ids of those that the browser took back. */
  readonly closed: Journal<number>
  /** Throws when it has no button of that label. */
  click(shown: Shown, label?: string): void
  dismiss(shown: Shown): void
  close(): Promise<void>
}

const NAME = 'org.freedesktop.Notifications'
const PATH = '/org/freedesktop/Notifications'
/** The action of a click on the notification itself. */
const DEFAULT = 'default'
/** Reasons of NotificationClosed. */
const DISMISSED = 2
const TAKEN_BACK = 3

/** Only what connects to it: unlike the usual session bus it starts no service of the machine. */
const CONFIGURATION = `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <auth>EXTERNAL</auth>
  <listen>unix:tmpdir=${tmpdir()}</listen>
  <policy context="default">
    <allow send_destination="*"/>
    <allow receive_sender="*"/>
    <allow own="*"/>
  </policy>
</busconfig>`

export async function startNotifications(dbusDaemon: string): Promise<Notifications> {
  const daemon = await startDaemon(dbusDaemon)
  const shown = createJournal<Shown>('a desktop notification')
  const closed = createJournal<number>('a desktop notification that is taken back')
  let count = 0

  const desktop = dbus.defineInterface({
    name: NAME,
    methods: {
      Notify: {
        in: { app: 's', replaces: 'u', icon: 's', title: 's', body: 's', actions: 'as', hints: 'a{sv}', timeout: 'i' },
        out: { id: 'u' },
        handler({ replaces, title, body, actions }: Notify) {
          if (!replaces) count++
          const id = replaces || count
          // After the answer: until it has the id, a browser takes no notice of clicks.
          setImmediate(() => shown.add({ id, title, body, actions: pairsOf(actions) }))
          return id
        },
      },
      CloseNotification: {
        in: { id: 'u' },
        handler({ id }: { id: number }) {
          closed.add(id)
          tellClosed(id, TAKEN_BACK)
        },
      },
      GetCapabilities: { out: { capabilities: 'as' }, handler: () => ['actions', 'body', 'persistence'] },
      GetServerInformation: {
        out: { name: 's', vendor: 's', version: 's', specification: 's' },
        handler: () => ({ name: 'test', vendor: 'test', version: '1', specification: '1.2' }),
      },
    },
    signals: {
      NotificationClosed: { args: { id: 'u', reason: 'u' } },
      ActionInvoked: { args: { id: 'u', key: 's' } },
    },
  })
  const bus = dbus.sessionBus({ busAddress: daemon.address })
  const tellClosed = (id: number, reason: number): void =>
    bus.sendSignal(PATH, NAME, 'NotificationClosed', 'uu', [id, reason])
  await bus.export(PATH, desktop)
  await bus.ownName(NAME)

  return {
    address: daemon.address,
    shown,
    closed,
    click({ id, actions }, label) {
      const action = actions.find((one) => (label === undefined ? one.key === DEFAULT : one.label === label))
      if (!action) throw new Error(`nothing to click: ${label ?? DEFAULT} is not in ${JSON.stringify(actions)}`)
      bus.sendSignal(PATH, NAME, 'ActionInvoked', 'us', [id, action.key])
    },
    dismiss: ({ id }) => tellClosed(id, DISMISSED),
    async close() {
      await bus.close()
      await daemon.end()
    },
  }
}

type Notify = { replaces: number; title: string; body: string; actions: string[] }

/** The list goes key, label, key, label. */
const pairsOf = (list: string[]): Shown['actions'] =>
  list.flatMap((key, i) => (i % 2 === 0 ? [{ key, label: list[i + 1] ?? '' }] : []))

async function startDaemon(program: string): Promise<{ address: string; end(): Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-bus-'))
  const configuration = join(folder, 'bus.conf')
  writeFileSync(configuration, CONFIGURATION)
  const child = spawn(program, [`--config-file=${configuration}`, '--nofork', '--print-address=1'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let errors = ''
  child.stderr.on('data', (data) => {
    errors += data
  })
  const ended = once(child, 'close').then(() => rmSync(folder, { recursive: true, force: true }))
  const address = await new Promise<string>((resolve, reject) => {
    child.stdout.once('data', (data) => resolve(String(data).trim()))
    void ended.then(() => reject(new Error(`dbus-daemon ended: ${errors}`)), reject)
  })
  return {
    address,
    async end() {
      child.kill()
      await ended
    },
  }
}
