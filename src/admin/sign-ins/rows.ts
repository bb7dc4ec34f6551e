import type { SignInRecord } from '../../signin/history.ts'
import type { IntegrationName } from '../filters/integration-choice.ts'
import { pageOfPerson } from '../people/page-of-person.ts'
import { moment } from '../words.ts'
import { methodName, outcomeWords } from './outcome-words.ts'

export const SIGN_INS = '/admin/sign-ins'

/** A sign-in as a table shows it. */
export const rowOf = (record: SignInRecord, integrationName: (id: string) => IntegrationName) => ({
  page: `${SIGN_INS}/${record.id}`,
  opened: moment(record.openedAt),
  person: { label: record.person, page: pageOfPerson(record) },
  application: record.application,
  integration: integrationName(record.integrationId).name,
  outcome: outcomeWords[record.outcome],
  method: methodName(record.method),
  address: record.address,
  place: record.place,
  browser: record.browser,
})
