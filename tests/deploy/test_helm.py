"""The chart: linted, rendered, and each object against the schemas of Kubernetes."""

from typing import Any

import pytest

from openchannels.settings import load_settings
from tests.deploy.tools import DEPLOY, require_module

CHART = DEPLOY / "helm" / "openchannels"
OLDEST, NEWEST = "1.27", "1.33"
NEEDED: dict[str, Any] = {
    "existingSecret": "openchannels",
    "publicUrl": "https://channels.example.com",
    "assets": {"bucket": "files"},
}
ALL: dict[str, Any] = {
    **NEEDED,
    "trustedProxies": ["10.0.0.0/8"],
    "assets": {"existingClaim": "files"},
    "autoscaling": {"enabled": False},
    "ingress": {"enabled": True, "host": "channels.example.com", "tlsSecret": "tls"},
    "networkPolicy": {"from": [{"namespaceSelector": {"matchLabels": {"name": "ingress"}}}]},
    "serviceMonitor": {"enabled": True, "labels": {"release": "prometheus"}},
    "imagePullSecrets": [{"name": "registry"}],
    "podAnnotations": {"a": "b"},
}


def rendered(values: dict[str, Any]) -> list[dict[str, Any]]:
    require_module("helm_python", "yaml")
    import helm_python
    import yaml

    with helm_python.Chart.load(CHART) as chart:
        files = chart.render(values, name="oc", namespace="channels")
    documents = (found for name, text in files.items() for found in yaml.safe_load_all(text))
    return [found for found in documents if found]


def pods(objects: list[dict[str, Any]]) -> list[tuple[str, dict[str, Any], dict[str, Any]]]:
    """Name, pod and only container of everything that runs: there are two deployments and a job."""
    found = []
    for one in objects:
        if one["kind"] in ("Deployment", "Job"):
            pod = one["spec"]["template"]["spec"]
            [container] = pod["containers"]
            found.append((one["metadata"]["name"], pod, container))
    assert len(found) == 3
    return found


def test_chart_has_no_findings() -> None:
    require_module("helm_python")
    import helm_python

    report = helm_python.lint(CHART, NEEDED, strict=True)
    assert report["errors"] == []
    # The icon of a chart is for catalogues.
    assert [m for m in report["messages"] if "icon is recommended" not in m["error"]] == []


@pytest.mark.parametrize("values", [NEEDED, ALL], ids=["needed", "all"])
@pytest.mark.parametrize("version", [OLDEST, NEWEST])
def test_objects_are_valid(values: dict[str, Any], version: str) -> None:
    require_module("kubernetes_validate")
    import kubernetes_validate

    kinds = []
    for one in rendered(values):
        kinds.append(one["kind"])
        if not one["apiVersion"].startswith("monitoring.coreos.com/"):
            kubernetes_validate.validate(one, version, strict=True)
    assert {"Deployment", "Job", "Service", "PodDisruptionBudget", "NetworkPolicy"} <= set(kinds)
    assert ("HorizontalPodAutoscaler" in kinds) == (values is NEEDED)
    assert ("ServiceMonitor" in kinds) == (values is ALL)


def test_pods_are_restricted() -> None:
    for name, pod, container in pods(rendered(NEEDED)):
        assert pod["securityContext"]["runAsNonRoot"] is True, name
        assert pod["securityContext"]["seccompProfile"]["type"] == "RuntimeDefault", name
        assert pod["automountServiceAccountToken"] is False, name
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }, name
        assert "memory" in container["resources"]["limits"], name


def test_settings_are_those_of_the_service() -> None:
    for name, pod, container in pods(rendered(NEEDED)):
        environ = {variable["name"]: variable["value"] for variable in container["env"]}
        # What the Secret holds.
        environ["OPENCHANNELS_DATABASE__URL"] = "postgresql://a:b@c/d"
        environ["OPENCHANNELS_VAULT__KEYS__K1"] = "A" * 43 + "="
        settings = load_settings(environ=environ)
        assert settings.server.public_url == NEEDED["publicUrl"], name
        assert not settings.jobs.embedded, name
        if not name.endswith("-migration"):
            draining = container.get("lifecycle", {"preStop": {"exec": {"command": [0, 0]}}})
            seconds = float(draining["preStop"]["exec"]["command"][1])
            assert pod["terminationGracePeriodSeconds"] > (
                seconds + settings.server.shutdown_seconds
            ), name


def test_probes_ask_where_the_image_answers() -> None:
    dockerfile = (DEPLOY.parent / "Dockerfile").read_text()
    for name, _, container in pods(rendered(NEEDED)):
        if name.endswith("-migration"):
            continue
        [port] = container["ports"]
        assert f"OPENCHANNELS_SERVER__PORT={port['containerPort']}" in dockerfile
        assert f"OPENCHANNELS_JOBS__HEALTH_PORT={port['containerPort']}" in dockerfile
        paths = {
            probe: container[f"{probe}Probe"]["httpGet"] for probe in ("liveness", "readiness")
        }
        assert paths["liveness"] == {"path": "/health", "port": port["name"]}
        assert paths["readiness"] == {"path": "/ready", "port": port["name"]}


@pytest.mark.parametrize("missing", NEEDED)
def test_what_is_needed_is_asked_for(missing: str) -> None:
    with pytest.raises(Exception, match=missing):
        rendered({name: value for name, value in NEEDED.items() if name != missing})
