"""People at the terminal: every question with a wrong answer first, the five schemes, Ctrl-C at each prompt."""
from scene import GUEST_PROGRAM, PROFILE, Scene
from scenes_default import must
from terminal import Terminal

URL = "https://cb.lab.example:{port}/approve"
WEAKER = ("image.profile_digest", "key.other_fingerprint", "simulation.on")
SETUP = f"{GUEST_PROGRAM} setup --profile {PROFILE}"


def password(scene) -> str:
    return scene.vm.run("cat /root/lab/registry-password").out.strip()


def early(person, scene):
    """The early block, each question answered wrongly first."""
    person.answers(("User name at the image registry", scene.lab.registry_user), ("Password or token of", ""),
                   ("Nothing was entered.", None), ("Password or token of", "/run/registry-password"), ("Is it the password itself? [y/N]", ""),
                   ("Password or token of", "wrong"), ("refuses this user name and password", None), ("User name at the image registry", ""),
                   ("Password or token of", password(scene)))
    plan = person.sees("Accept this weakening:")
    must("SIMULATION" in plan, "the plan says that this is a simulation")
    person.types("perhaps")
    person.sees("Please answer yes or no.")
    for _ in WEAKER:
        person.sees("[y/N]")
        person.types("y")
    person.answers(("Go on? [y/n]", "maybe"), ("Please answer yes or no.", None), ("Go on? [y/n]", "y"))


def stop_at(person, question):
    person.sees(question)
    person.presses_control_c()
    must(person.ends() == 130, f"Ctrl-C at \"{question}\" ends with 130")


def interactive_setup(scene: Scene, figures: dict):
    """A person sets up a bare machine: every question is asked, wrong answers are asked again, nothing secret is shown."""
    with Terminal(scene, SETUP) as person:
        early(person, scene)
        person.sees("Pairing token:")  # after the image is here: the token's hour is not spent on downloads
        must(scene.vm.run("docker images -q").out.strip() != "", "the image is here before the token is asked for")
        token = scene.put_token()
        scene.vm.run("rm -f /root/lab/token")
        person.types("not-a-token")
        person.answers(("Pairing token:", token), ("Does a callback handler approve", "7"), ("Please enter a number", None), ("Your choice", "2"),
                       ("Type \"sign everything\"", "yes"), ("That is not the sentence.", ""), ("Does a callback handler approve", "1"),
                       ("URL of the callback handler", "ftp://handler"), ("That does not fit", URL.format(port=8443)),
                       ("How do co-signer and handler trust each other?", "0"), ("Please enter a number", None), ("Your choice", "1"))
        person.sees("Public key of the handler")
        person.types("nonsense")
        person.sees("That is neither a BEGIN line nor a path")
        for line in scene.vm.run("cat /root/lab/callback-public.pem").out.splitlines():
            person.types(line)
        person.answers(("retry mechanism", "2"), ("Save this? [Y/n]", "y"), ("through a proxy?", ""))
        must(person.ends() == 0, f"set up: {person.text[-3000:]}")
    must(token not in person.text and token.split(".")[2] not in person.text, "the token is never shown")
    must(password(scene) not in person.text, "the registry's password is never shown")
    must(not person.lines_wider_than(200), f"no line is longer than two rows and a half: {person.lines_wider_than(200)[:3]}")
    last = " ".join(person.text.split())[-400:]  # the last sentence, which may be broken
    must("The co-signer runs and is healthy" in last, f"the last line says that the co-signer runs: {last}")
    must("the workspace Owner approves" in " ".join(person.text.split()), "what comes next is said")
    figures["prompts"] = person.text.count("[y/") + person.text.count("Your choice")
    again = scene.run("setup")  # without answers: what the person said is in the configuration
    must(again.code == 0 and again.effects == 0, f"answers of a person are kept as those of a file: {again.explain()}")


def before_pairing(scene: Scene, figures: dict):
    """Everything before pairing, unattended and without a token: what the other scenes of people start from."""
    scene.vm.run("rm -f /root/lab/token; sed -i '/\"token\"/d; /\"callback\": {/,/^  },/d' /root/lab/answers-*.json")
    run = scene.setup()
    must(run.code == 21, f"the run waits for a human: {run.explain()}")
    figures["setup s"] = round(run.seconds)


def ctrl_c_at_each_prompt(scene: Scene, figures: dict):
    """Ctrl-C at every late prompt: 130, echo restored, no token spent, nothing paired."""
    token = scene.put_token()
    scene.vm.run("rm -f /root/lab/token")
    way = [("Go on? [y/n]", "y"), ("Pairing token:", token), ("Does a callback handler approve", "1"), ("URL of the callback handler", URL.format(port=8443)),
           ("How do co-signer and handler trust each other?", "1"), ("Public key of the handler", "/root/lab/callback-public.pem"), ("retry mechanism", "2"),
           ("Save this?", "y"), ("through a proxy?", "")]
    for at in range(len(way)):
        with Terminal(scene, SETUP) as person:
            person.answers(*way[:at])
            stop_at(person, way[at][0])
        must(token not in person.text, "the token is not shown")
    must(scene.vm.run("test -e /databases/cosigner/db/secrets.db", check=False).rc != 0, "nothing was paired")
    with Terminal(scene, SETUP) as person:
        person.answers(way[0], way[1], way[-1])  # the handler was answered to the end before the last Ctrl-C, and that is kept
        must(person.ends() == 0, f"the same token still works: {person.text[-3000:]}")
    figures["prompts"] = len(way)


def _scheme(scene, number, port, *credentials):
    token = scene.put_token()
    scene.vm.run("rm -f /root/lab/token")
    with Terminal(scene, SETUP, environment="NO_COLOR=1") as person:
        person.answers(("Go on? [y/n]", "y"), ("Pairing token:", token), ("Does a callback handler approve", "1"), ("URL of the callback handler", URL.format(port=port)),
                       ("How do co-signer and handler trust each other?", str(number)), *credentials, ("retry mechanism", "1" if number == 5 else "2"), ("Save this?", "y"),
                       ("through a proxy?", ""))
        must(person.ends() == 0, f"scheme {number}: {person.text[-3000:]}")
    must("\x1b[3" not in person.text and "\x1b[1m" not in person.text, "NO_COLOR is honoured")


def scheme_certificate(scene: Scene, figures: dict):
    """Scheme certificate, the certificate fetched and pinned by its last digits."""
    digest = scene.vm.run("openssl x509 -in /root/lab/callback-pinned.pem -outform DER | sha256sum").out.split()[0]
    _scheme(scene, 2, 8444, ("Fetch the certificate from the handler?", "y"), ("Type its last 8 digits", "00000000"), ("That does not fit", digest[-8:]))


def scheme_root_ca(scene: Scene, figures: dict):
    """Scheme rootCa, with the CA from a file."""
    _scheme(scene, 3, 8445, ("Root CA certificate of the handler", "/root/lab/nothing.pem"), ("does not exist", None), ("or enter the path", "/root/lab/callback-root-ca.pem"))


def scheme_hybrid_certificate(scene: Scene, figures: dict):
    """Scheme hybridCertificate: certificate and key."""
    _scheme(scene, 4, 8444, ("Fetch the certificate from the handler?", "n"), ("Certificate of the handler", "/root/lab/callback-pinned.pem"),
            ("Public key of the handler", "/root/lab/callback-public.pem"))


def scheme_hybrid_root_ca(scene: Scene, figures: dict):
    """Scheme hybridRootCa: Root CA and key, with the retry mechanism."""
    _scheme(scene, 5, 8445, ("Root CA certificate of the handler", "/root/lab/callback-root-ca.pem"), ("Public key of the handler", "/root/lab/callback-public.pem"))


CHAINS = [("debian12", before_pairing, [ctrl_c_at_each_prompt, scheme_certificate, scheme_root_ca, scheme_hybrid_certificate, scheme_hybrid_root_ca])]
ALONE = [("debian12", interactive_setup)]
