import { html, type Markup, page } from './html.ts'
import { type EntraAttempt, usualAcr, usualAmr } from './make-attempt.ts'
import type { Registration } from './registration.ts'
import { providerName, type Verdict } from './sign-ins.ts'
import { contractNames, type StartChoice } from './start-choices.ts'

const acrVocabulary = [
  ...['possessionorinherence', 'knowledgeorpossession', 'knowledgeorinherence', 'knowledgeorpossessionorinherence'],
  ...['knowledge', 'possession', 'inherence'],
]

const checkboxes = (name: string, values: string[], checked: string[]) =>
  values.map(
    (value) =>
      html`<label class="choice"><input type="checkbox" name="${name}" value="${value}"${
        checked.includes(value) && html` checked`
      }> ${value}</label>`,
  )

function personRow(choices: StartChoice[]): Markup {
  const { person } = choices[0]!
  return html`<li>
<div class="who"><strong>${person.name}</strong>${person.guest && html` <span class="tag">guest</span>`}<br>
<span class="quiet">${person.username}</span></div>
<div class="buttons">${choices.map(
    ({ value, contract }) =>
      html`<button name="start" value="${value}">${contractNames[contract]}<span class="unseen"> for ${person.name}</span></button>`,
  )}</div>
</li>`
}

function tenant(registration: Registration, choices: StartChoice[]): Markup {
  const ids = [...new Set(choices.map(({ person }) => person.objectId))]
  const rows = ids.map((id) => personRow(choices.filter(({ person }) => person.objectId === id)))
  return html`<h2>Tenant <code>${registration.tenantId}</code></h2>
<p class="quiet">The second factor comes from ${providerName(registration)}${
    registration.disabled && html`, <strong>switched off</strong>`
  }${registration.servicePrincipal === false && html`, <strong>without admin consent</strong>`}.</p>
<ul class="people">${rows}</ul>`
}

export function signInPage(choices: StartChoice[], applicationUrl: string): string {
  const registrations = [...new Set(choices.map(({ registration }) => registration))]
  return page({
    title: 'Sign in',
    site: 'entra',
    main: html`<h1>Sign in</h1>
<p>The password is taken as given. Choose who signs in, and how Entra asks for the second factor.</p>
${registrations.length === 0 && html`<p class="notice">No provider is registered with this Entra yet.</p>`}
<form action="/begin" method="get">
${registrations.map((each) =>
  tenant(
    each,
    choices.filter(({ registration }) => registration === each),
  ),
)}
<details><summary>What External MFA asks for</summary>
<fieldset><legend>acr: what the factor must be</legend>${checkboxes('acr', acrVocabulary, usualAcr)}</fieldset>
<fieldset><legend>amr: methods that may be used</legend>${checkboxes('amr', usualAmr, usualAmr)}</fieldset>
</details>
</form>
<p class="quiet">Or begin where people do: <a href="${applicationUrl}/">at the application</a>, in the page or in a popup.</p>`,
  })
}

/** Entra's page that sends the browser on: it posts itself, and has a button where scripts do not run. */
export function beginPage(attempt: EntraAttempt): string {
  const { host } = new URL(attempt.authorizationEndpoint)
  const fields = Object.entries(attempt.parameters)
  return page({
    title: 'One more step',
    site: 'entra',
    script: 'auto-post.js',
    main: html`<h1>One more step</h1>
<p>Your organisation asks for a second factor from <strong>${providerName(attempt.registration)}</strong> at ${host}.</p>
<form id="auto-post" method="post" action="${attempt.authorizationEndpoint}">
${fields.map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">\n`)}
<button>Continue to ${host}</button>
</form>`,
  })
}

export function cannotBeginPage(title: string, sentence: string, faults: string[] = []): string {
  return page({
    title,
    site: 'entra',
    main: html`<h1>${title}</h1>
<p class="notice refused">${sentence}</p>
${faults.length > 0 && html`<ul class="faults">${faults.map((fault) => html`<li>${fault}</li>`)}</ul>`}
<p><a href="/">Back to the sign-in page</a></p>`,
  })
}

export function wrongMethodPage(verdict: Verdict, verdictUrl: string): string {
  const line = verdict.lines.find(({ rule }) => rule === 'V15')
  return page({
    title: 'Only a posted form is taken here',
    site: 'entra',
    main: html`<h1>Only a posted form is taken here</h1>
<p class="notice refused">${line?.found}</p><p><a href="${verdictUrl}">How it was judged</a></p>`,
  })
}
