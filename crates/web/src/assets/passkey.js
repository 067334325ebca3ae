// Passkeys: asks the browser for what a form with `data-passkey` needs, then sends the form.

const bytes = (text) => Uint8Array.from(
  atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)))
  .replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
const named = (list) => list.map((one) => ({ ...one, id: bytes(one.id) }));

/** ES256, EdDSA and RS256: what the server can check. */
const ALGORITHMS = [-7, -8, -257].map((alg) => ({ type: "public-key", alg }));

async function register(asked) {
  const made = await navigator.credentials.create({ publicKey: {
    challenge: bytes(asked.challenge),
    rp: asked.rp,
    user: { ...asked.user, id: bytes(asked.user.id) },
    excludeCredentials: named(asked.excludeCredentials),
    pubKeyCredParams: ALGORITHMS,
    authenticatorSelection: { residentKey: "discouraged", userVerification: "preferred" },
    attestation: "none",
  } });
  return {
    client_data: made.response.clientDataJSON,
    authenticator_data: made.response.getAuthenticatorData(),
    public_key: made.response.getPublicKey(),
  };
}

async function signIn(asked) {
  const used = await navigator.credentials.get({ publicKey: {
    challenge: bytes(asked.challenge),
    rpId: asked.rpId,
    allowCredentials: named(asked.allowCredentials),
    userVerification: "preferred",
  } });
  return {
    id: used.rawId,
    client_data: used.response.clientDataJSON,
    authenticator_data: used.response.authenticatorData,
    signature: used.response.signature,
  };
}

function fill(form, name, value) {
  const field = document.createElement("input");
  field.type = "hidden";
  field.name = name;
  field.value = value;
  form.append(field);
}

for (const form of document.querySelectorAll("form[data-passkey]")) {
  if (!window.PublicKeyCredential) continue;
  form.hidden = false;
  const error = form.querySelector("[data-passkey-error]");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    error.textContent = "";
    try {
      const answer = await fetch(form.dataset.begin, { method: "POST" });
      if (!answer.ok) throw new Error("not asked");
      const asked = await answer.json();
      const parts = form.dataset.passkey === "register"
        ? await register(asked) : await signIn(asked);
      for (const [name, value] of Object.entries(parts)) fill(form, name, text(value));
      form.action = form.action.split("#")[0] + location.hash;
      form.submit();
    } catch (failure) {
      error.textContent = failure.name === "InvalidStateError"
        ? "This one is added already. Use another."
        : "That did not work, or was cancelled. Try again, or use a code instead.";
    }
  });
}
