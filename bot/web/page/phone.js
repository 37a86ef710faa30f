// Where the phone is, and who DingTalk says has it: asked of DingTalk's client, or of the browser.
"use strict";

const WAIT_MS = 20000;
const promised = (start) => new Promise((resolve, reject) => start(resolve, reject));

function loginCode() {
  return promised((resolve) => {
    const ask = dd.requestAuthCode ?? dd.runtime.permission.requestAuthCode;
    const done = (result) => resolve(result?.code ?? null);
    const none = () => resolve(null);
    const who = { corpId: state.corpId, clientId: state.clientId };
    ask({ ...who, success: done, onSuccess: done, fail: none, onFail: none });
    setTimeout(none, WAIT_MS);
  }).catch(() => null);
}

// What no phone measures (0,0, no accuracy, another day) is no position: the next try may give one.
function isSound({ latitude, longitude, accuracy_m: accuracy, at }) {
  const somewhere = Number.isFinite(latitude) && Number.isFinite(longitude) && (latitude !== 0 || longitude !== 0);
  return somewhere && accuracy > 0 && accuracy <= 1e6 && Math.abs(Date.now() - at) < 86400000;
}

function fromDingTalk() {
  return promised((resolve, reject) => {
    const done = (got) => {
      const fix = {
        latitude: Number(got.latitude), longitude: Number(got.longitude), accuracy_m: Number(got.accuracy),
        datum: "gcj02", simulated: got.isFromMock === true || got.isFromMock === "true", at: Date.now(),
      };
      if (isSound(fix)) resolve(fix);
      else reject({ code: 2 });
    };
    const none = (error) => reject({ code: { 11: 1, 14: 3 }[error?.errorCode ?? error?.error] ?? 2 });
    const wish = { targetAccuracy: 200, coordinate: 1, withReGeocode: false, useCache: false };
    const old = dd.device?.geolocation?.get;
    if (old) old({ ...wish, onSuccess: done, onFail: none });
    else dd.getLocation({ ...wish, targetAccuracy: "200", coordinate: "1", type: 1, success: done, fail: none });
    setTimeout(() => reject({ code: 3 }), WAIT_MS);
  });
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

// A client that says no is obeyed; one that has no positions, as on a PC, leaves it to the browser.
async function position() {
  if (!state.signed) return fromBrowser();
  return fromDingTalk().catch((error) => ([1, 3].includes(error?.code) ? Promise.reject(error) : fromBrowser()));
}
