export type Latency = { p50: number; p99: number }
export type Figures = {
  name: string
  perSecond: number
  /** Flows per second of the server's processor time: it holds on a machine that is slow at times. */
  perCpuSecond: number
  /** Of what a core could do if it did the cryptography and nothing else. */
  ofBound: number
  ofPeer: number
  /** What a person waits for, in milliseconds: at half of the rate that it can do, and with nobody else there. */
  half: Latency
  alone: Latency
  /** Resident, in MiB. */
  memory: { atRest: number; loaded: number }
  /** Milliseconds from start to ready; 0 where it was not measured. */
  start: number
}
export type Waiting = {
  count: number
  /** Resident memory of the process for each browser, in KiB, and how many a GiB holds. */
  kibEach: number
  perGiB: number
  /** Milliseconds until one browser knows of a move, and from the first to the last when all are told. */
  wakeOne: Latency
  wakeAll: number
}
export type Report = {
  at: string
  machine: { processor: string; cores: number; node: string; pinned: boolean }
  method: Record<string, number>
  past: { people: number; signIns: number }
  bound: { perCpuSecond: number }
  cases: Figures[]
  waiting: Waiting
  /** Sign-ins a second by one and by two processes on one MongoDB; null where there is none. */
  nodes: number[] | null
}

const whole = (value: number): string => Math.round(value).toLocaleString('en')
const ms = ({ p50, p99 }: Latency): string => `${p50.toFixed(1)} / ${p99.toFixed(1)}`

const table = (rows: readonly (readonly string[])[]): string => {
  const [head = [], ...others] = rows
  return [head, head.map(() => '---'), ...others].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

/** What was measured, as tables in Markdown. */
export function tableOf({ bound, cases, waiting, nodes, past }: Report): string {
  const rows = cases.map(({ name, perSecond, perCpuSecond, ofBound, ofPeer, half, alone, memory, start }) => [
    ...[name, whole(perSecond), whole(perCpuSecond), ofBound.toFixed(2), ofPeer.toFixed(2), ms(half), ms(alone)],
    ...[`${memory.atRest} / ${memory.loaded}`, start === 0 ? '' : whole(start)],
  ])
  const head = [
    ...['one core', 'a second', 'per CPU-second', 'of the bound', 'of oidc-provider'],
    ...['wait at half load, p50 / p99 ms', 'wait alone, p50 / p99 ms', 'memory at rest / loaded, MiB', 'start, ms'],
  ]
  const costs = cases.filter(({ name }) => name.startsWith('Countersign on SQLite')).map((one) => 1 / one.perCpuSecond)
  const others = [
    ['what else', ''],
    [
      `a sign-in after ${whole(past.signIns)} of ${whole(past.people)} people, in empty stores`,
      `${((costs[1] ?? 0) / (costs[0] ?? 1)).toFixed(2)} ×`,
    ],
    [
      `memory of a browser that waits (of ${whole(waiting.count)})`,
      `${waiting.kibEach.toFixed(1)} KiB: ${whole(waiting.perGiB)} in a GiB`,
    ],
    ['until one of them knows, p50 / p99', `${ms(waiting.wakeOne)} ms`],
    ['from the first to the last when all are told', `${whole(waiting.wakeAll)} ms`],
    ...(nodes
      ? [['one node, two nodes on one MongoDB, on this machine', `${nodes.map(whole).join(', ')} a second`]]
      : []),
  ]
  const cryptography = ['cryptography alone', '', whole(bound.perCpuSecond), '1.00', '', '', '', '', '']
  return `${table([head, cryptography, ...rows])}\n\n${table(others)}`
}
