import { html, page } from './html.ts'
import type { Person } from './registration.ts'

/** Entra's account picker: the password is taken as given. */
export function chooseAccountPage(people: Person[], query: URLSearchParams): string {
  return page({
    title: 'Pick an account',
    site: 'entra',
    main: html`<h1>Pick an account</h1>
<p>${query.get('prompt') === 'login' ? 'The password is asked anew, and taken as given.' : 'The password is taken as given.'}</p>
<form method="get">
${[...query].map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">\n`)}
<ul class="people">${people.map(
      ({ name, username, objectId }) =>
        html`<li><div class="who"><strong>${name}</strong><br><span class="quiet">${username}</span></div>
<div class="buttons"><button name="account" value="${objectId}">Sign in<span class="unseen"> as ${name}</span></button></div></li>`,
    )}</ul>
<button name="account" value="">Cancel</button>
</form>`,
  })
}

export const refusedPage = (why: string): string =>
  page({
    title: 'Sorry',
    site: 'entra',
    main: html`<h1>Sorry, but we’re having trouble signing you in</h1>
<p class="notice">${why}</p>`,
  })
