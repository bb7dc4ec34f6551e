import type { DeviceProblem } from '../../device-api/contract.ts'

/** The service answered, and refused. */
export class DeviceRefusal extends Error {
  readonly problem: DeviceProblem

  constructor(problem: DeviceProblem) {
    super(problem.title)
    this.name = 'DeviceRefusal'
    this.problem = problem
  }
}

/** Nothing that the service said arrived: no network, a proxy's error page, or the service is being stopped. */
export class NoConnection extends Error {
  constructor() {
    super('No connection to the service')
    this.name = 'NoConnection'
  }
}
