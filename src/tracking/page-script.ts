/** What a click hands to a page of the company's own, in the page's address until the script takes it out. */
export const VISITOR_PARAMETER = "kdl";

/**
 * `k.js`. Without a visitor token it sends nothing but forms marked `data-kindling="NAME"`: nobody is followed who was
 * not named by a click or by their own form. With `asks`, nothing at all is sent or kept before the page calls
 * `kindling.consent()`. Do Not Track and Global Privacy Control turn it off. A page tells of more with
 * `kindling.track("webinar.registered", { title })`.
 */
export function pageScript(asks: boolean): string {
  return SCRIPT.replace("ASKS", String(asks));
}

// A page is told of when it is left or hidden, once, since only then the time on it is known. Passwords, hidden
// fields and card numbers never leave the page. Written short: it is sent as it stands.
const SCRIPT = `((w,d,n,l)=>{
if(w.kindling)return
let on=!ASKS,me,href,since,told
const no=n.doNotTrack==1||w.doNotTrack==1||n.globalPrivacyControl,
to=d.currentScript.src.replace(/k\\.js.*/,"e"),
found=/[?&]${VISITOR_PARAMETER}=([\\w-]+)/.exec(l.search),
keep=()=>{try{me?localStorage.kindling=me:me=localStorage.kindling}catch{}},
send=o=>on&&!no&&fetch(to,{method:"POST",keepalive:true,credentials:"omit",body:JSON.stringify({visitor:me,...o})})
.then(r=>r.status==200?r.json():{}).then(a=>{if(a.visitor){me=a.visitor;keep()}}).catch(()=>{}),
begin=()=>{href=l.href;since=Date.now();told=0},
leave=()=>{if(on&&me&&!told){told=1;send({type:"page.viewed",url:href,title:d.title.slice(0,300),
referrer:d.referrer.slice(0,2000),seconds:Math.round((Date.now()-since)/1e3)})}},
move=()=>{if(href.split("#")[0]!=l.href.split("#")[0]){leave();begin()}},
push=history.pushState
if(found){me=found[1]
history.replaceState(history.state,"",l.href.replace(/([?&])${VISITOR_PARAMETER}=[\\w-]+&?/,"$1").replace(/[?&](#|$)/,"$1"))}
w.kindling={track(type,properties){me&&send({type,properties})},consent(){on=1;no||keep()}}
if(on)w.kindling.consent()
begin()
history.pushState=function(){push.apply(this,arguments);move()}
w.addEventListener("popstate",move)
w.addEventListener("pagehide",leave)
w.addEventListener("pageshow",e=>{e.persisted&&begin()})
d.addEventListener("visibilitychange",()=>{d.visibilityState=="hidden"&&leave()})
d.addEventListener("submit",e=>{
const form=e.target.getAttribute("data-kindling"),fields={}
let email
if(!form)return
for(const x of e.target.elements){
if(!x.name||/^(password|hidden|file|submit|button|reset)$/.test(x.type)||/^cc-/.test(x.autocomplete)
||/^(radio|checkbox)$/.test(x.type)&&!x.checked)continue
if(!email&&(x.type=="email"||/^e-?mail$/i.test(x.name)))email=x.value
else fields[x.name]=x.value.slice(0,500)}
send({type:"form.submitted",form,email,fields,url:l.href})},true)
})(window,document,navigator,location)
`;
