// DingTalk's client puts `dd` into a page. This `dd` acts for the person of this tab.
"use strict";
(() => {
  const kept = sessionStorage.getItem("sandbox-client");
  if (!kept) return; // another browser
  const client = JSON.parse(kept);
  const browsersFetch = window.fetch.bind(window);
  window.fetch = (url, options = {}) =>
    browsersFetch(url, { ...options, headers: { ...options.headers, "X-Sandbox-Client": client.user_id } });
  Object.defineProperty(navigator, "userAgent", { value: `${navigator.userAgent} AliApp(DingTalk/7.6.0)` });

  async function ask(name, body) {
    const sent = { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
    const answer = await (await browsersFetch(`/_sandbox/client/${name}`, sent)).json();
    if (answer.errcode) throw { errorCode: answer.errcode, errorMessage: answer.errmsg };
    return answer;
  }

  // Each call returns a promise, and calls `success` or `fail`.
  const api = (work) => (wish = {}) => {
    const asked = work(wish);
    asked.then(wish.success ?? wish.onSuccess ?? (() => {}), wish.fail ?? wish.onFail ?? (() => {}));
    return asked;
  };
  let config = Promise.resolve();
  const code = api(async ({ corpId }) => ({ code: (await ask("code", { user_id: client.user_id, corpId })).code }));
  const position = api(async () => {
    await config; // a wrong signature gives no position
    if (!client.position) throw { errorCode: 13, errorMessage: "no position" };
    return { ...client.position, isFromMock: false, locationType: 1 };
  });
  window.dd = {
    env: { platform: "android", version: "7.6.0" },
    config(wish) {
      config = ask("config", { ...wish, url: location.href });
      config.catch(() => {});
    },
    ready: (done) => config.then(() => done(), () => {}),
    error: (failed) => config.catch(failed),
    requestAuthCode: code,
    runtime: { permission: { requestAuthCode: code } },
    getLocation: api(async (wish) => {
      const got = await position();
      return { ...got, latitude: String(got.latitude), longitude: String(got.longitude), accuracy: String(got.accuracy) };
    }),
    device: { geolocation: { get: position } },
  };
})();
