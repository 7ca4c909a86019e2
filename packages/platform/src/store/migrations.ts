/**
 * The schema, as numbered steps that only go forward. `{id}`, `{bytes}` and `{integer}` stand for the
 * column types that the two engines spell differently. Time is integer milliseconds since the epoch.
 */
export interface Migration {
  readonly name: string
  readonly sql: string
}

export const migrations: readonly Migration[] = [
  {
    name: '0001 accounts, vendors, apps, connections, audit',
    sql: `
      create table account (
        id {id},
        email text not null,
        email_key text not null unique,
        first_name text not null,
        last_name text not null,
        password_hash text,
        is_reviewer {integer} not null default 0,
        created_at {integer} not null,
        deactivated_at {integer}
      );

      create table session (
        id {bytes} primary key,
        account_id {integer} not null references account (id),
        created_at {integer} not null,
        expires_at {integer} not null
      );
      create index session_by_account on session (account_id);
      create index session_by_expiry on session (expires_at);

      create table email_code (
        id {bytes} primary key,
        purpose text not null,
        email text not null,
        code_hash {bytes} not null,
        attempts {integer} not null default 0,
        detail text not null,
        created_at {integer} not null,
        expires_at {integer} not null
      );
      create index email_code_by_expiry on email_code (expires_at);

      create table vendor (
        id {id},
        name text not null unique,
        created_at {integer} not null,
        suspended_at {integer}
      );

      create table app (
        id {id},
        client_id text not null unique,
        vendor_id {integer} not null references vendor (id),
        name text not null,
        description text not null default '',
        website text not null default '',
        mode text not null,
        is_public {integer} not null,
        rotates {integer} not null,
        redirect_uris text not null,
        permissions text not null,
        created_at {integer} not null,
        suspended_at {integer}
      );

      create table app_secret (
        id {id},
        app_id {integer} not null references app (id),
        hash {bytes} not null,
        tail text not null,
        created_at {integer} not null,
        revoked_at {integer}
      );
      create index app_secret_by_app on app_secret (app_id);

      create table connection (
        id {bytes} primary key,
        app_id {integer} not null references app (id),
        account_id {integer} not null references account (id),
        generation {integer} not null default 0,
        permissions text not null,
        redirect_uri text not null,
        redirect_uri_sent {integer} not null,
        code_challenge text,
        created_at {integer} not null,
        refreshed_at {integer},
        last_used_at {integer},
        revoked_at {integer},
        revoked_because text
      ) {clustered};
      create index connection_by_account on connection (account_id, app_id);
      create index connection_by_app on connection (app_id);

      create table audit_event (
        id {id},
        at {integer} not null,
        kind text not null,
        actor text not null,
        connection_id {bytes},
        app_id {integer},
        account_id {integer},
        vendor_id {integer},
        detail text not null default ''
      );
    `,
  },
  {
    name: '0002 who an account is at another provider',
    sql: `
      create table account_identity (
        issuer text not null,
        subject text not null,
        account_id {integer} not null references account (id),
        is_origin {integer} not null,
        created_at {integer} not null,
        primary key (issuer, subject)
      );
      create index account_identity_by_account on account_identity (account_id);

      create table used_sign_in (
        id {bytes} primary key,
        expires_at {integer} not null
      );
      create index used_sign_in_by_expiry on used_sign_in (expires_at);
    `,
  },
  {
    name: '0003 qualifications, members, revisions and testers',
    sql: `
      alter table account add column organization text not null default '';
      alter table account add column phone text not null default '';

      alter table vendor add column state text not null default 'approved';
      alter table vendor add column website text not null default '';
      alter table vendor add column privacy_url text not null default '';
      alter table vendor add column contact_name text not null default '';
      alter table vendor add column contact_title text not null default '';
      alter table vendor add column contact_email text not null default '';
      alter table vendor add column contact_phone text not null default '';
      alter table vendor add column submitted_at {integer};
      alter table vendor add column decided_at {integer};
      alter table vendor add column reason text not null default '';

      create table vendor_member (
        account_id {integer} primary key references account (id),
        vendor_id {integer} not null references vendor (id),
        role text not null,
        created_at {integer} not null
      );
      create index vendor_member_by_vendor on vendor_member (vendor_id);

      alter table app add column version {integer} not null default 1;
      alter table app add column audience text not null default 'everyone';

      create table app_revision (
        app_id {integer} primary key references app (id),
        state text not null,
        name text not null,
        description text not null,
        website text not null,
        redirect_uris text not null,
        permissions text not null,
        submitted_at {integer},
        decided_at {integer},
        reason text not null
      );

      create table app_tester (
        app_id {integer} not null references app (id),
        email_key text not null,
        email text not null,
        created_at {integer} not null,
        primary key (app_id, email_key)
      );
    `,
  },
  {
    name: '0004 webhooks',
    sql: `
      -- 1 while an app has somewhere to hear of things: beside its row, so that the exchange reads it anyway.
      alter table app add column webhooks {integer} not null default 0;

      create table webhook_endpoint (
        app_id {integer} primary key references app (id),
        url text not null,
        created_at {integer} not null,
        disabled_at {integer}
      );

      create table webhook_secret (
        id {id},
        app_id {integer} not null references app (id),
        sealed text not null,
        tail text not null,
        created_at {integer} not null,
        ends_at {integer}
      );
      create index webhook_secret_by_app on webhook_secret (app_id);

      create table webhook_event (
        id {id},
        name text not null unique,
        app_id {integer} not null references app (id),
        lane text not null,
        type text not null,
        body text not null,
        created_at {integer} not null,
        until {integer} not null,
        due_at {integer},
        lease text,
        attempts {integer} not null default 0,
        over_at {integer},
        status {integer},
        failure text not null default ''
      );
      create index webhook_event_by_app on webhook_event (app_id, id);
      create index webhook_event_by_due on webhook_event (due_at) where due_at is not null;
      create index webhook_event_by_lane on webhook_event (lane, id) where due_at is not null;
      create index webhook_event_by_age on webhook_event (created_at) where due_at is not null;
      create index webhook_event_by_end on webhook_event (over_at) where over_at is not null;
    `,
  },
  {
    name: '0005 what an app has done',
    sql: `
      create table app_hour (
        app_id {integer} not null references app (id),
        hour {integer} not null,
        kind text not null,
        n {integer} not null,
        primary key (app_id, hour, kind)
      ) {clustered};
      create index app_hour_by_hour on app_hour (hour);

      create table app_request (
        id {id},
        app_id {integer} not null references app (id),
        at {integer} not null,
        outcome text not null,
        endpoint text not null,
        status {integer} not null,
        error text not null,
        explanation text not null,
        connection_id {bytes},
        times {integer} not null
      );
      create index app_request_by_app on app_request (app_id, outcome, id);
      create index app_request_by_time on app_request (at);

      create table activity_mark (
        id {integer} primary key,
        audit_id {integer} not null
      );
    `,
  },
  {
    name: '0006 colleagues, changes of a company, logos and contacts',
    sql: `
      create table vendor_invitation (
        id {bytes} primary key,
        vendor_id {integer} not null references vendor (id),
        email text not null,
        email_key text not null,
        role text not null,
        invited_by {integer} not null references account (id),
        created_at {integer} not null,
        expires_at {integer} not null
      );
      create unique index vendor_invitation_by_email on vendor_invitation (vendor_id, email_key);
      create index vendor_invitation_by_expiry on vendor_invitation (expires_at);

      create table vendor_change (
        vendor_id {integer} primary key references vendor (id),
        name text not null,
        website text not null,
        privacy_url text not null,
        contact_name text not null,
        contact_title text not null,
        contact_email text not null,
        contact_phone text not null
      );

      create table logo (
        hash text primary key,
        png {bytes} not null,
        kept_at {integer} not null
      );

      alter table app add column logo text not null default '';
      alter table app add column contact_name text not null default '';
      alter table app add column contact_email text not null default '';
      alter table app add column contact_phone text not null default '';
      create index app_by_vendor on app (vendor_id);
      create index app_by_logo on app (logo);

      alter table app_revision add column logo text not null default '';
      alter table app_revision add column contact_name text not null default '';
      alter table app_revision add column contact_email text not null default '';
      alter table app_revision add column contact_phone text not null default '';
      create index app_revision_by_logo on app_revision (logo);

      alter table app_secret add column last_used_at {integer};
    `,
  },
  {
    name: '0007 sessions people can tell apart, second factors',
    sql: `
      alter table session add column agent text not null default '';
      alter table session add column seen_at {integer};
      alter table session add column proved_at {integer};

      create table authenticator (
        account_id {integer} primary key references account (id),
        secret text not null,
        last_step {integer} not null,
        created_at {integer} not null
      );

      create table passkey (
        id {bytes} primary key,
        account_id {integer} not null references account (id),
        user_handle {bytes} not null,
        name text not null,
        public_key {bytes} not null,
        counter {integer} not null,
        transports text not null,
        created_at {integer} not null,
        last_used_at {integer}
      );
      create index passkey_by_account on passkey (account_id);

      create table recovery_code (
        account_id {integer} not null references account (id),
        code_hash {bytes} not null,
        created_at {integer} not null,
        used_at {integer},
        primary key (account_id, code_hash)
      );
    `,
  },
  {
    name: '0008 when apps were suspended',
    sql: `
      create index audit_event_of_stops on audit_event (vendor_id, id)
        where kind in ('app.suspended', 'app.resumed', 'vendor.suspended', 'vendor.resumed');
    `,
  },
]
