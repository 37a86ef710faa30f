// The parts of dingtalk-jsapi that the page uses. `make jsapi` bundles them into dingtalk-jsapi.js.
const core = require("dingtalk-jsapi/entry/union");
const { requestAuthCode$: requestAuthCode } = require("dingtalk-jsapi/api/union/requestAuthCode");
const { requestAuthCode$: olderRequestAuthCode } = require("dingtalk-jsapi/api/runtime/permission/requestAuthCode");
const { get$: get } = require("dingtalk-jsapi/api/device/geolocation/get");

window.dd = Object.assign({}, core, {
  requestAuthCode,
  runtime: { permission: { requestAuthCode: olderRequestAuthCode } },
  device: { geolocation: { get } },
});
