"""Four-letter English words: what stands bare behind a link may be one of these rather than a code.

The commonest of English prose and of software, written down for this purpose; extraction codes drawn at random hit
one of them about once in a thousand.
"""

from __future__ import annotations

_WORDS = """
able also area army away baby back ball band bank base bear beat been best bill bird blue boat body bomb bond bone book
boot born boss both bowl bulk burn bush busy cake call calm came camp card care case cash cast cell chat chip city clip
club coal coat code cold come cook cool cope copy core cost crew crop dark data date dawn days dead deal dear debt deep
demo desk dial diet disc disk dock does done door dose down draw drew drop drug dual duke dump dust duty each earn ease
east easy edge edit else even ever evil exam exit face fact fail fair fall farm fast fate fear feed feel feet fell felt
file fill film find fine fire firm fish five flat flow font food foot ford fork form fort four free from fuel full fund
gain game gate gave gear gene gift girl give glad goal goes gold golf gone good gray grew grid grow gulf hack hair half
hall hand hang hard harm hash hate have head hear heat held hell help here hero hide high hill hire hold hole holy home
hope host hour huge hung hunt hurt icon idea inch info into iron item java join json jump jury just keen keep kept kick
kill kind king knee knew know lack lady laid lake land lane last late lead left lend less life lift like line link list
live load loan lock logo long look lord lose loss lost love luck made mail main make male many mark mass math mean meal
meat meet menu mesh mesh mike mile mill mind mine mini miss mode mood moon more most move much must name near neck need
news next nice nick nine node none noon norm nose note null okay once only onto open oral over pace pack page paid pain
pair palm park part pass past path peak pick pine pink pipe plan play plot plug plus poll pool poor port post pull pure
push race rail rain rank rare rate read real rear rely rent rest rice rich ride ring rise risk road rock role roll roof
room root rose rule rush safe said sake sale salt same sand save seat seed seek seem seen self sell send sent sept ship
shop shot show shut sick side sign site size skin slip slow snow soft soil sold sole some song soon sort soul spot star
stay step stop such suit sure take tale talk tall tank tape task team tech tell tend term test text than that them then
they thin this thus till time tiny told toll tone took tool tour town tree trip true tune turn twin type unit unix upon
used user vary vast very vice view vote wage wait wake walk wall want ward warm wash wave ways weak wear week well went
were west what when whom wide wife wild will wind wine wing wire wise wish with wood word wore work yard yeah year your
zero zone http html demo file xlsx docx pptx jpeg webp mask repo beta blog bugs dirs docs feat href meta perl ruby rust
swap temp todo type vers wget curl yaml null void with left here baidu onedrive
"""
WORDS = frozenset(word for word in _WORDS.split() if len(word) == 4)
