// The person and the position, from DingTalk's client or else from the browser.
"use strict";

const WAIT_MS = 20000;
const [DENIED, TIMEOUT] = [11, 14]; // errors of the client when it gives no position
const isClient = /DingTalk/u.test(navigator.userAgent);
const promised = (start) => new Promise((resolve, reject) => start(resolve, reject));

// The answer of the client. Only its promise is read: dingtalk-jsapi does not call `fail` for its own refusals.
function answered(asked, ms) {
  return promised((resolve, reject) => {
    asked.then(resolve, reject);
    setTimeout(() => reject({ errorCode: TIMEOUT }), ms);
  });
}

function loadJsapi() {
  if (window.dd) return Promise.resolve();
  return promised((resolve) => {
    const script = document.createElement("script");
    script.src = "app/dingtalk-jsapi.js";
    script.addEventListener("load", resolve);
    script.addEventListener("error", resolve);
    document.head.append(script);
  });
}

// A client before 7.0.45 fails the newer call (JSAPI requestAuthCode), so the older one follows.
async function loginCode({ corpId, clientId }) {
  const corp = corpId ?? new URLSearchParams(location.search).get("corpId");
  for (const ask of [window.dd?.requestAuthCode, window.dd?.runtime?.permission?.requestAuthCode]) {
    if (!ask) continue;
    const answer = await answered(ask({ corpId: corp, clientId }), WAIT_MS / 2).catch(() => null);
    if (answer?.code) return answer.code;
  }
  return null;
}

function configured(sign) {
  return promised((resolve) => {
    dd.config({ ...sign, type: 0, jsApiList: ["device.geolocation.get"] });
    dd.ready(() => resolve()); // only after `config` it waits for the answer
    dd.error(() => resolve());
    setTimeout(resolve, WAIT_MS);
  });
}

// No phone measures 0,0, no accuracy or another day. The next try may give a position.
function isSound({ latitude, longitude, accuracy_m: accuracy, at }) {
  const somewhere = Number.isFinite(latitude) && Number.isFinite(longitude) && (latitude !== 0 || longitude !== 0);
  return somewhere && accuracy > 0 && accuracy <= 1e6 && Math.abs(Date.now() - at) < 86400000;
}

async function fromDingTalk() {
  const asked = dd.device.geolocation.get({ targetAccuracy: 200, coordinate: 1, withReGeocode: false, useCache: false });
  const got = await answered(asked, WAIT_MS).catch((error) => {
    throw { code: { [DENIED]: 1, [TIMEOUT]: 3 }[error?.errorCode ?? error?.error] ?? 2 };
  });
  const fix = {
    latitude: Number(got.latitude), longitude: Number(got.longitude), accuracy_m: Number(got.accuracy),
    datum: "gcj02", simulated: got.isFromMock === true || got.isFromMock === "true", at: Date.now(),
  };
  if (!isSound(fix)) throw { code: 2 };
  return fix;
}

function fromBrowser() {
  return promised((resolve, reject) => {
    if (!navigator.geolocation) return reject({ code: 0 });
    const done = ({ coords, timestamp }) => {
      const fix = {
        latitude: coords.latitude, longitude: coords.longitude, accuracy_m: coords.accuracy,
        datum: "wgs84", simulated: false, at: timestamp,
      };
      if (isSound(fix)) resolve(fix);
      else reject({ code: 2 });
    };
    navigator.geolocation.getCurrentPosition(done, reject, { enableHighAccuracy: true, timeout: WAIT_MS, maximumAge: 0 });
  });
}

// A refusal of the client holds. If the client has no positions, as on a PC, the browser is asked.
async function position(inClient) {
  if (!inClient) return fromBrowser();
  return fromDingTalk().catch((error) => ([1, 3].includes(error?.code) ? Promise.reject(error) : fromBrowser()));
}
