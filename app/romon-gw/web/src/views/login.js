// SPDX-License-Identifier: BSD-3-Clause
import { useEffect, useRef, useState } from "preact/hooks";
import { html } from "../lib/html.js";
import { login } from "../net.js";

export function LoginView() {
	const [why, setWhy] = useState("");
	const [isBusy, setBusy] = useState(false);
	const name = useRef(null);
	useEffect(() => {
		document.title = "Log in · romond";
		name.current.focus();
	}, []);
	const submit = async (event) => {
		event.preventDefault();
		const form = new FormData(event.target);
		setBusy(true);
		setWhy("");
		try {
			await login(form.get("name"), form.get("password"));
		} catch (error) {
			setBusy(false);
			setWhy(
				error.status === 401
					? "That name and password do not go together."
					: error.status === 429
						? "Too many wrong logins: wait a moment, then try again."
						: error.message,
			);
			name.current?.form.elements.password.select();
		}
	};
	return html`<main class="login">
		<form onSubmit=${submit}>
			<h1>
				<svg viewBox="0 0 24 24" width="30" height="30" aria-hidden="true">
					<path d="M6 12h6M12 12V6h6M12 12v6h6M12 12h6" fill="none" stroke="currentColor" stroke-width="1.6" />
					<circle cx="5" cy="12" r="2.6" /><circle cx="19" cy="6" r="2.2" /><circle cx="19" cy="12" r="2.2" /><circle cx="19" cy="18" r="2.2" />
				</svg>
				romond
			</h1>
			<label>Name <input name="name" ref=${name} required maxlength="31" autocomplete="username" autocapitalize="off" spellcheck=${false} /></label>
			<label>Password <input name="password" type="password" required maxlength="255" autocomplete="current-password" /></label>
			<button class="primary" disabled=${isBusy}>${isBusy ? "Logging in …" : "Log in"}</button>
			<p class="why" role="alert">${why}</p>
			<p class="hint">Users are made on the machine itself: <code>romon-gw user add NAME --group read</code></p>
		</form>
	</main>`;
}
