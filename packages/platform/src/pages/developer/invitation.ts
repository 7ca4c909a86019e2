/** An invitation to work for a company, as whoever was invited sees it. */
import type { OpenInvitation } from '../../developer/invitation.ts'
import { day } from '../date.ts'
import { hiddenField } from '../field.ts'
import { type Html, html } from '../html.ts'
import { icon } from '../icon.ts'
import { type Frame, layout } from '../layout.ts'
import { appMark } from '../monogram.ts'

export interface InvitationView extends Frame {
  readonly csrf: string
  readonly invitation: OpenInvitation
  readonly token: string
}

export function invitationPage(view: InvitationView): Html {
  const { csrf, invitation, token, signedIn } = view
  const { vendor_name: name, role, inviter_email, expires_at } = invitation
  const body = html`<div class="card consent">
${appMark({ name }, 'large')}
<h1>Join <bdi>${name}</bdi>?</h1>
<p class="lead"><strong><bdi>${inviter_email}</bdi></strong> invites you to work on its applications, as ${role === 'owner' ? 'an owner' : 'a member'}.</p>
<div class="as">${icon('person')}<p><span>Signed in as</span> <strong><bdi>${signedIn?.name ?? ''}</bdi></strong> <bdi>${signedIn?.email ?? ''}</bdi></p></div>
<ul class="points">
<li>You can register and change its applications, and make and revoke their secrets.</li>
${role === 'owner' && html`<li>You speak for the company: its qualification, and who works for it.</li>`}
<li>Your colleagues and the platform’s reviewers see your name, email and phone number.</li>
</ul>
<form method="post" action="/developer/invitation" class="decision">
${hiddenField('csrf', csrf)}
${hiddenField('token', token)}
<div class="choices">
<a class="button" href="/">Not now</a>
<button class="button button-primary">Join</button>
</div>
</form>
</div>
<p class="below">The invitation is good until ${day(expires_at)}.</p>`
  return layout(view, { title: `Join ${name}`, width: 'narrow', body })
}
