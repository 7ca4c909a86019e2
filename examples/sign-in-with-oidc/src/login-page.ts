/** The provider's page. */
export function loginPage({ problem }: { problem?: string }): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Sign in · Example accounts</title>
</head>
<body>
<main>
<h1>Sign in to Example accounts</h1>
${problem ? `<p role="alert">${problem}</p>` : ''}
<form method="post">
<p><label>Email <input name="email" type="email" autocomplete="username" autofocus></label></p>
<p><label>Password <input name="password" type="password" autocomplete="current-password"></label></p>
<p><button>Sign in</button> <button name="cancel" value="yes" formnovalidate>Cancel</button></p>
</form>
</main>
</body>
</html>
`
}
