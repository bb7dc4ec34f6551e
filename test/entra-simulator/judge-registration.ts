import { type Facts, type Finding, fail, pass, shown } from './finding.ts'
import { member, type Person } from './registration.ts'

/** V18. Microsoft Learn: External MFA method provider reference: without admin consent, AADSTS900491. */
export function judgeServicePrincipal({ attempt }: Facts): Finding {
  const { appId } = attempt.configured
  return attempt.registration.servicePrincipal === false
    ? fail(`no service principal for ${appId} in the tenant`)
    : pass(`a service principal for ${appId}`)
}

function targets(list: unknown, person: Person): boolean {
  const ids = (Array.isArray(list) ? list : []).map((each) => member(each, 'id'))
  return ids.some((id) => id === 'all_users' || id === person.objectId || person.groups?.includes(String(id)))
}

/** V19. Microsoft Graph v1.0: externalAuthenticationMethodConfiguration (state, includeTargets, excludeTargets). */
export function judgeSwitchedOn({ attempt }: Facts): Finding {
  const { registration, contract, person } = attempt
  if (registration.disabled) return fail('the administrator has switched it off')
  if (contract === 'custom-control') {
    return registration.customControl === undefined ? fail('no custom control is configured') : pass('configured')
  }
  const { externalMfa } = registration
  if (externalMfa === undefined) return pass('switched on, for everyone')
  const state = member(externalMfa, 'state')
  if (state !== 'enabled') return fail(`state is ${shown(state)}`)
  if (targets(member(externalMfa, 'excludeTargets'), person)) return fail(`${person.name} is excluded`)
  const included = member(externalMfa, 'includeTargets')
  if (included !== undefined && !targets(included, person)) return fail(`${person.name} is not in includeTargets`)
  return pass('switched on, for this person')
}
