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
]
