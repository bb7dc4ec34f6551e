import { html, type Markup, page } from './html.ts'
import type { Line } from './judge.ts'
import type { Verdict } from './sign-ins.ts'
import { contractNames, type StartChoice } from './start-choices.ts'

export function homePage(choices: StartChoice[], authority: string): string {
  return page({
    title: 'Sign in',
    site: 'application',
    script: 'opener.js',
    main: html`<h1>Welcome</h1>
<p>This application trusts Entra to say who you are. Entra asks a provider for the second factor.</p>
<form id="sign-in" method="get" action="${authority}/begin">
<label for="start">Who signs in, and how Entra asks</label>
<select id="start" name="start">${choices.map(
      ({ value, person, contract }) =>
        html`<option value="${value}">${person.name}: ${contractNames[contract]}</option>`,
    )}</select>
<div class="buttons"><button>Sign in</button>
<button class="second" name="popup" value="1" formtarget="sign-in">Sign in with a popup</button></div>
</form>
<p id="result" role="status" class="result"></p>`,
  })
}

const words = { pass: 'Pass', fail: 'Fail', 'not-applicable': 'Not asked' }

const row = ({ rule, title, outcome, found, source }: Line): Markup =>
  html`<tr role="row" id="${rule}" class="${outcome}" data-rule="${rule}" data-outcome="${outcome}">
<th role="rowheader" scope="row"><span class="rule">${rule}</span> ${title}</th>
<td role="cell" class="outcome"><span class="badge">${words[outcome]}</span></td>
<td role="cell" class="found">${found}</td>
<td role="cell" class="source">${source}</td>
</tr>`

function judgement(lines: Line[]): Markup {
  const count = (outcome: string) => lines.filter((line) => line.outcome === outcome).length
  return html`<section aria-labelledby="rules"><h2 id="rules">How Entra judged it</h2>
<p class="counts">${count('pass')} passed, ${count('fail')} failed, ${count('not-applicable')} not asked here.</p>
<table role="table" aria-labelledby="rules">
<thead role="rowgroup"><tr role="row"><th role="columnheader" scope="col">Rule</th><th role="columnheader" scope="col">Outcome</th><th role="columnheader" scope="col">What was found</th><th role="columnheader" scope="col">Source</th></tr></thead>
<tbody role="rowgroup">${lines.map(row)}</tbody>
</table></section>`
}

function banner(verdict: Verdict): Markup {
  const { accepted, error, code, message, lines } = verdict
  const broken = lines.filter((line) => line.outcome === 'fail')
  const heading = accepted ? 'Entra accepted this sign-in' : 'Entra refused this sign-in'
  return html`<div class="banner ${accepted ? 'accepted' : 'refused'}" id="verdict" data-accepted="${String(accepted)}" data-code="${code}">
<h1>${heading}</h1>
${!accepted && error !== undefined && html`<p><strong>The provider refused: ${error}</strong></p>`}
${!accepted && html`<p>${message}</p>`}
${broken.length > 0 && html`<ul>${broken.map(({ rule, found }) => html`<li><a href="#${rule}">${rule}</a> ${found}</li>`)}</ul>`}
</div>`
}

function about({ attempt, contract, receivedAt }: Verdict): Markup {
  const time = new Date(receivedAt).toISOString()
  return html`<dl class="about">
<div><dt>Who</dt><dd>${attempt ? html`<strong>${attempt.person.name}</strong> ${attempt.person.username}` : 'nobody known'}</dd></div>
<div><dt>Asked through</dt><dd>${contractNames[contract]}</dd></div>
<div><dt>Judged</dt><dd><time datetime="${time}">${time.slice(0, 19).replace('T', ' ')} UTC</time></dd></div>
</dl>`
}

const json = (value: unknown) => JSON.stringify(value, null, 2)

/** The page people come to see: who, accepted or refused, by which rules, and the claim itself. */
export function verdictPage(verdict: Verdict, popup: boolean): string {
  const { claim } = verdict
  return page({
    title: verdict.accepted ? 'Signed in' : 'Not signed in',
    site: 'application',
    ...(popup && { script: 'popup.js' }),
    main: html`${banner(verdict)}
${popup && html`<p class="notice" id="lost" hidden>This popup no longer knows the page that opened it, so it cannot report back.</p>`}
${about(verdict)}
${judgement(verdict.lines)}
<section aria-labelledby="claim"><h2 id="claim">The claim as Entra saw it</h2>
${
  claim
    ? html`<div class="claim"><div><h3>Header</h3><pre>${json(claim.header)}</pre></div><div><h3>Payload</h3><pre>${json(claim.payload)}</pre></div></div>`
    : html`<p>No token that could be read came with the answer.</p>`
}</section>
<p><a class="button" href="/">Sign in again</a></p>`,
  })
}

export function unknownVerdictPage(): string {
  return page({
    title: 'Not signed in',
    site: 'application',
    main: html`<h1>Nobody is signed in</h1><p>Entra knows nothing of this sign-in. <a href="/">Begin again</a>.</p>`,
  })
}
