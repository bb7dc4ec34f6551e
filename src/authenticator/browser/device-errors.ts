import type { DeviceProblem } from '../../device-api/contract.ts'

/** Faults of a program, which the person's administrator finds in the log by their reference. */
const FAULTS: readonly DeviceProblem['code'][] = ['internal', 'proof-refused', 'request-malformed']

/** The service answered, and refused. */
export class DeviceRefusal extends Error {
  readonly problem: DeviceProblem

  constructor(problem: DeviceProblem) {
    super(problem.title)
    this.name = 'DeviceRefusal'
    this.problem = problem
  }

  /** Whether this says what became of the request. A fault of the service does not: the request may have had its effect. */
  get isDefinite(): boolean {
    return this.problem.status < 500
  }

  /** What the person is told. */
  get sentence(): string {
    const { title, code, reference } = this.problem
    return reference !== undefined && FAULTS.includes(code) ? `${title} Reference: ${reference}` : title
  }
}

/** Nothing that the service said arrived: no network, a proxy's error page, or a service that cannot answer now (503). */
export class NoConnection extends Error {
  constructor() {
    super('No connection to the service')
    this.name = 'NoConnection'
  }
}
